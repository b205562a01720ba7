// Every preset resolves, in all of its sizes, and has the arms that its claims are about.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { claims } from '../analysis/claims/registry.ts';
import { imagesIn } from '../data/index.ts';
import { frozenStudy } from '../store/schemas.ts';
import { runConfig } from '../train/config.ts';
import { loadStudy } from './load.ts';
import { base, facts, oneLine } from './loaded.testing.ts';
import { presets } from './presets.ts';
import { draftStudy, resolveStudy } from './resolve.ts';
import { plan } from './tuner.ts';

test('presets resolve to valid run configs', () => {
  assert.deepEqual(
    presets()
      .map((p) => p.name)
      .slice(0, 2),
    ['quick', 'smoke'],
  );
  for (const { name, about, sizes } of presets()) {
    assert.match(about, /Time:/);
    for (const size of sizes) {
      const draft = draftStudy(loadStudy(name, [], size));
      const { corpus, vocabSize = 10 } = draft.source!;
      const data = { ...facts, corpus, vocabSize, images: imagesIn(corpus) };
      const study = frozenStudy.parse(resolveStudy(draft, data));
      const { wanted } = plan(study, new Map());
      assert.ok(wanted.length > 0, `${name} ${size}`);
      for (const { config } of wanted) runConfig.parse(config);
    }
  }
});

test('every experiment has the four sizes, and its claims are about arms that it has', () => {
  const experiments = presets().filter(({ name }) => name !== 'quick' && name !== 'smoke');
  assert.deepEqual(
    [...new Set(claims.map((claim) => claim.experiment))].sort(),
    experiments.map(({ name }) => name).sort(),
  );
  const usual = ['smoke', 'mini', 'long', 'paper'];
  for (const { name, sizes, about } of experiments) {
    assert.deepEqual(
      sizes.filter((size) => usual.includes(size)),
      usual,
      name,
    );
    // Neighbours, of the map above all, change the model.
    const others = sizes.filter((size) => !usual.includes(size));
    for (const size of others) assert.match(size, /^(vocabulary|width)-\d+$|^million$/, name);
    for (const line of [/The paper|arXiv/, /Here \(mini\):/, /Expect:/]) assert.match(about, line, name);
    const study = draftStudy(loadStudy(name, [], 'smoke'));
    assert.deepEqual([study.experiment, study.size, study.name], [name, 'smoke', `${name}-smoke`]);
    const arms = Object.keys(study.optimizers);
    const text = readFileSync(new URL(`../../presets/${name}.yaml`, import.meta.url), 'utf8');
    assert.ok(arms.length >= 2 && text.includes(`experiment: ${name}`));
  }
});

test('the runs of the two studies without an experiment keep their ids', () => {
  const ids = (name: string, size?: string) =>
    plan(resolveStudy(draftStudy(loadStudy(name, [], size)), facts), new Map())
      .wanted.map((run) => run.id)
      .sort();
  // Since a run takes the whole batches that its budget pays for: 4687 steps at batch size 1,
  // where it used to take 4688.
  const old = draftStudy(loadStudy('quick', ['eval.tokens=65536']));
  const [first] = plan(resolveStudy(old, facts), new Map())
    .wanted.map((run) => run.id)
    .sort();
  assert.equal(first, '14e7f363f23cc4e9');
  assert.deepEqual([ids('quick')[0], ids('smoke')[0]], ['113d39c7b684ac4e', '1c766f112ba2204f']);
  assert.deepEqual(ids('quick', 'mini'), ids('quick'));
  assert.equal(draftStudy(loadStudy('quick')).experiment, undefined);
  assert.ok(!('size' in draftStudy(loadStudy('quick'))));
});

test('sizes: the default is mini, others have a name of their own; wishes that make no sense are told', () => {
  const sized = {
    ...base,
    sizes: { smoke: { tokens: 512, optimizers: { sgd: { lr: { guess: 1 } } } }, mini: null },
  };
  const load = (size?: string, set: string[] = []) => loadStudy(sized as never, set, size);
  assert.deepEqual([load().name, load().tokens], ['x', [4096]]);
  assert.deepEqual([load('smoke').name, load('smoke').tokens], ['x-smoke', [512]]);
  assert.deepEqual(
    [load('smoke').optimizers.sgd.lr.guess, load('smoke').optimizers.adam.lr.guess],
    [1, undefined],
  );
  assert.deepEqual(load('smoke', ['tokens=256']).tokens, [256]);
  assert.throws(() => load('huge'), oneLine(/--size huge: study has the sizes smoke, mini/));
  assert.throws(() => loadStudy(base, [], 'mini'), oneLine(/--size mini: study has no sizes/));
  assert.throws(() => loadStudy({ ...base, sizes: { a: 1 } } as never), oneLine(/sizes\.a: expected/));
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { claims } from '../analysis/claims/registry.ts';
import { UserError } from '../core/errors.ts';
import { imagesIn } from '../data/index.ts';
import { batchPlan } from '../optim/batch-schedules.ts';
import { frozenStudy } from '../store/schemas.ts';
import { runConfig } from '../train/config.ts';
import { loadStudy } from './load.ts';
import { ownConfigFor } from './points.ts';
import { presets } from './presets.ts';
import { draftStudy, resolveStudy } from './resolve.ts';
import { cellLength, shortfalls, shortfallText } from './shortfall.ts';
import { plan } from './tuner.ts';

const facts = {
  corpus: 'sotu',
  fingerprint: 'ab',
  vocabSize: 2048,
  train: { length: 1e6 },
  validation: { length: 1e5 },
};
const base = { name: 'x', tokens: 4096, batchSizes: [4, 1], optimizers: { sgd: {}, adam: {} } };
const resolved = (change: object = {}) => resolveStudy(draftStudy(loadStudy({ ...base, ...change })), facts);

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
    // The map has its neighbours besides.
    assert.ok(name === 'map' || sizes.length === usual.length, name);
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
  // Since a run takes the whole batches that its budget pays for: 4687 steps at batch size 1, where it used to take 4688.
  const old = draftStudy(loadStudy('quick', ['eval.tokens=65536']));
  const [first] = plan(resolveStudy(old, facts), new Map())
    .wanted.map((run) => run.id)
    .sort();
  assert.equal(first, '14e7f363f23cc4e9');
  assert.deepEqual([ids('quick')[0], ids('smoke')[0]], ['113d39c7b684ac4e', '429fbedc3ac6afbb']);
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

test('a budget in steps sees tokens in proportion to the batch size', () => {
  const study = resolved({ tokens: undefined, steps: 10 });
  assert.deepEqual([study.tokens, study.steps], [[], [10]]);
  const runs = plan(study, new Map()).wanted;
  assert.deepEqual(new Set(runs.map(({ config }) => config.steps)), new Set([10]));
  assert.ok(runs.every(({ point }) => point.tokens === 10 * 64 * point.batchSize));
});

test('defaults: bracket from the registry, nano, clip 1, sorted batch sizes, adam as baseline', () => {
  const study = resolved();
  assert.deepEqual(study.batchSizes, [1, 4]);
  assert.deepEqual(Object.keys(study.models), ['nano']);
  assert.equal(study.optimizers.adam.clip, 1);
  assert.equal(study.optimizers.adam.lr.kind, 'bracket');
  assert.equal(study.optimizers.sgd.hyper.dampening, 0);
  assert.deepEqual([study.baseline, study.challenger], ['adam', 'sgd']);
});

test('several models and budgets, arms with their own clip, axes beside the learning rate', () => {
  const study = resolved({
    model: ['nano', { preset: 'nano', layers: 4 }],
    tokens: [4096, 8192],
    optimizers: {
      sgd: { axes: { momentum: [0.9, 0.95] } },
      'sgd-noclip': { optimizer: 'sgd', clip: null },
    },
    baseline: 'sgd',
  });
  assert.deepEqual(Object.keys(study.models), ['nano', 'nano-layers4']);
  assert.equal(study.models['nano-layers4'].layers, 4);
  assert.equal(study.optimizers['sgd-noclip'].clip, null);
  assert.ok(!('momentum' in study.optimizers.sgd.hyper));
  assert.equal(study.challenger, 'sgd-noclip');
});

test('models of other layers have labels that say so; their words reach the model, usual ones do not', () => {
  const { models } = resolved({
    model: [
      { preset: 'nano', norm: 'rmsnorm', label: 'nano' },
      { preset: 'nano', norm: 'layernorm', mlp: 'gelu' },
      { preset: 'nano', mlp: 'moe', experts: 4, topK: 2, ffnDim: 88 },
    ],
  });
  const [bert, moe] = ['nano-norm-layernorm-mlp-gelu', 'nano-ffnDim88-mlp-moe-experts4-topK2'];
  assert.deepEqual(Object.keys(models).sort(), ['nano', bert, moe].sort());
  assert.ok(!('norm' in models.nano));
  assert.deepEqual([models[bert].norm, models[bert].mlp, models[bert].ffnDim], ['layernorm', 'gelu', 264]);
  assert.equal(models[moe].ffnDim, 88);
  assert.throws(
    () =>
      resolved({
        model: { preset: 'nano', embeddings: 'tied' },
        optimizers: { both: { optimizer: { rest: 'sgd', embedding: 'adam' } } },
      }),
    oneLine(/^study: optimizers\.both: .*no parameters of group embedding/),
  );
});

test('clipping by other means is a transform of the optimizer, its values hyperparameters', () => {
  const study = resolved({
    clip: [0.5, { kind: 'layer', maxNorm: 2 }],
    optimizers: {
      sgd: {},
      adaptive: { optimizer: 'sgd', clip: { kind: 'adaptive' }, axes: { p: 'default' } },
      heads: { optimizer: { head: 'adam', rest: 'sgd' }, clip: [1, { kind: 'coordinate', maxAbs: 0.1 }] },
    },
  });
  const { sgd, adaptive, heads } = study.optimizers;
  assert.deepEqual([sgd.optimizer, sgd.clip, sgd.hyper.maxNorm], ['sgd+layerClip', 0.5, 2]);
  assert.deepEqual([adaptive.optimizer, adaptive.clip], ['sgd+adaptiveClip', null]);
  assert.deepEqual(adaptive.axes, { p: [0.001, 0.01, 0.05, 0.1, 0.3, 0.5] });
  assert.ok(!('p' in adaptive.hyper));
  assert.deepEqual([heads.optimizer, heads.clip], ['(rest=sgd,head=adam)+coordinateClip', 1]);
});

test('clipAt gives batch sizes norms of their own, and only those of the study', () => {
  const study = resolved({
    optimizers: { sgd: { clipAt: { 1: 4, 64: 0.5 } }, adam: { clip: null, clipAt: { 4: 2 } }, nsgd: {} },
  });
  assert.deepEqual(study.optimizers.sgd.clipAt, { 1: 4 });
  assert.ok(!('clipAt' in study.optimizers.nsgd));
  const clips = (optimizer: string) =>
    [1, 4].map((batchSize) => {
      const point = { optimizer, batchSize, model: 'nano', tokens: 4096, lr: 0.1, hyper: {}, seed: 1 };
      return ownConfigFor(study, { ...point, hyper: study.optimizers[optimizer].hyper }).clip;
    });
  assert.deepEqual(
    [clips('sgd'), clips('adam'), clips('nsgd')],
    [
      [4, 1],
      [null, 2],
      [1, 1],
    ],
  );
  for (const key of ['0', 'all', '1.5'])
    assert.throws(
      () => resolved({ optimizers: { sgd: { clipAt: { [key]: 1 } } } }),
      /a batch size is a whole number above 0/,
    );
});

test('parts of composed optimizers have fields of their own; a half-life stands in for its beta', () => {
  const study = resolved({
    optimizers: {
      'adam#sgd': { hyper: { sgd: { momentum: 0.9 } }, axes: { adam: { beta1: [0.9, 0.95] } } },
      adam: { axes: { beta2HalfLife: [1000, 10000] } },
    },
  });
  const { hyper, axes } = study.optimizers['adam#sgd'];
  assert.deepEqual([hyper['sgd.momentum'], axes], [0.9, { 'adam.beta1': [0.9, 0.95] }]);
  assert.deepEqual(Object.keys(study.optimizers.adam.hyper), ['beta1', 'eps']);
});

test('mode grid without values tries those around the first guess', () => {
  const study = resolved({ mode: 'grid', optimizers: { sgd: { lr: { guess: 1 } }, adam: {} } });
  assert.deepEqual(study.optimizers.sgd.lr, { kind: 'grid', values: [0.25, 0.5, 1, 2, 4] });
});

test('batches that grow: the budget stays, the steps are more; memory may hold fewer sequences than a step has', () => {
  const study = resolved({
    tokens: 65536,
    batchSizes: [1, 16],
    optimizers: { sgd: { batchSchedule: { from: 2, over: 0.25 }, microBatch: 4 }, adam: {} },
  });
  const config = (optimizer: string, batchSize: number) =>
    ownConfigFor(study, {
      ...{ optimizer, batchSize, model: 'nano', tokens: 65536, lr: 1, seed: 1 },
      hyper: study.optimizers[optimizer].hyper,
    });
  const large = config('sgd', 16);
  assert.deepEqual(large.batchSchedule, { name: 'doubling', from: 2, sequences: 256 });
  // 86 sequences in batches of 2, then 88 of 4 and 88 of 8: 76 steps. The 762 that are left make 47 batches of 16.
  assert.equal(large.steps, 76 + 47);
  assert.equal(large.microBatch, 4);
  assert.ok(!('batchSchedule' in config('sgd', 1)));
  assert.ok(!('batchSchedule' in config('adam', 16)));
  assert.equal(config('adam', 16).steps, 64);
});

test('whole batches that leave more than 1% of a budget unused are told, and the budget is never exceeded', () => {
  const study = resolved({ model: 'tiny', tokens: [12288, 16384], steps: 3, batchSizes: [1, 256] });
  // The case that was told as equal tokens: 12288 tokens at 256 sequences of 32 used to train 16384.
  assert.deepEqual(cellLength(study, { optimizer: 'sgd', model: 'tiny', batchSize: 256, tokens: 12288 }), {
    steps: 1,
    tokens: 8192,
  });
  const short = shortfalls(study);
  assert.deepEqual(short, [
    { model: 'tiny', batchSize: 256, tokens: 12288, optimizers: ['sgd', 'adam'], trained: 8192 },
  ]);
  assert.equal(
    shortfallText(study, short[0]),
    'At batch size 256, whole batches make 8,192 of the 12,288 tokens (66.6%).',
  );
  for (const { point } of plan(study, new Map()).wanted) {
    const config = ownConfigFor(study, point);
    const { first } = batchPlan(config.batchSize, config.batchSchedule).at(config.steps);
    assert.ok(first * config.model.seqLen <= point.tokens);
  }
  // 409 batches of 10 in 4096 sequences leave 6 of them, 0.15%.
  assert.deepEqual(shortfalls(resolved({ model: 'tiny', tokens: 131072, batchSizes: [10] })), []);
});

test('a budget in steps is that many steps, whether the batch grows or not', () => {
  const study = resolved({
    tokens: undefined,
    steps: 40,
    batchSizes: [16],
    optimizers: { sgd: { batchSchedule: { over: 0.5 } }, adam: {} },
  });
  const configs = plan(study, new Map()).wanted.map(({ point }) => ownConfigFor(study, point));
  assert.deepEqual([...new Set(configs.map(({ steps }) => steps))], [40]);
  assert.deepEqual([...new Set(configs.map((one) => one.batchSchedule?.name))], ['doubling', undefined]);
  assert.deepEqual(shortfalls(study), []);
});

test('--set changes fields, also inside what was written short', () => {
  const file = loadStudy('quick', [
    'tokens=5000',
    'optimizers.sgd.lr.guess=.5',
    'model.layers=4',
    'seeds={final: 5}',
  ]);
  assert.deepEqual(file.tokens, [5000]);
  assert.equal(file.optimizers.sgd.lr.guess, 0.5);
  assert.equal(file.model[0].layers, 4);
  assert.deepEqual(file.seeds, { tune: 1, fresh: 4 });
  assert.throws(() => loadStudy('quick', ['tokens']), /write it as field=value/);
  assert.throws(() => loadStudy('quick', ['name.first=1']), /name has no fields/);
  assert.throws(
    () => loadStudy('quick', ['batchSizes.first=1']),
    /batchSizes is a list without an entry first/,
  );
  assert.throws(() => loadStudy('quick', ['batchSizes.0.x=1']), /batchSizes\.0 has no fields/);
  assert.equal(loadStudy('quick', ['batchSizes.0=3']).batchSizes[0], 3);
  assert.throws(() => loadStudy('quick', ['__proto__.polluted=1']), UserError);
  assert.ok(!('polluted' in {}));
});

test('study files: relative paths are relative to the file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-'));
  const path = join(dir, 'mine.yaml');
  writeFileSync(
    path,
    'name: mine\ntokens: 100\nbatchSizes: [1]\ndata: {corpus: text.txt}\noptimizers:\n  sgd:\n',
  );
  assert.equal(loadStudy(path).data.corpus, join(dir, 'text.txt'));
});

test('YAML that cannot be read is told with its line', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'gaplab-')), 'bad.yaml');
  writeFileSync(path, 'name: x\n  tokens: [1\n');
  assert.throws(() => loadStudy(path), oneLine(/bad\.yaml:\d+:\d+: not valid YAML: /));
  writeFileSync(path, 'name: x\nname: y\n');
  assert.throws(() => loadStudy(path), oneLine(/bad\.yaml:2:1: .*name is written twice; keep one/));
  writeFileSync(path, '# nothing\n');
  assert.throws(() => loadStudy(path), oneLine(/is empty; a study needs at least name, tokens/));
  writeFileSync(path, 'name: *x\n');
  assert.throws(
    () => loadStudy(path),
    oneLine(/bad\.yaml:1:7: not valid YAML: \*x: there is no &x before it/),
  );
  writeFileSync(path, 'name: x\n---\nname: y\n');
  assert.throws(() => loadStudy(path), oneLine(/bad\.yaml:2:1: not valid YAML: a second document/));
  writeFileSync(path, Buffer.from('name: x\ntitle: caf\xe9\n', 'latin1'));
  assert.throws(() => loadStudy(path), oneLine(/is not UTF-8 text: invalid byte at offset 18; convert it/));
  writeFileSync(path, Buffer.from('name: x\n', 'utf16le'));
  assert.throws(() => loadStudy(path), oneLine(/is not a text file: NUL byte/));
  assert.throws(() => loadStudy('qick'), oneLine(/no study file or preset "qick"; did you mean "quick"\?/));
  assert.throws(() => loadStudy(tmpdir()), oneLine(/is a directory/));
});

function oneLine(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes('\n'));
    return true;
  };
}

const lr = (fields: object) => ({ optimizers: { sgd: { lr: fields } } });
const bad: [string, object, RegExp][] = [
  ['unknown field', { batchsizes: [1] }, /^study: batchsizes: unknown field; did you mean "batchSizes"\?/],
  [
    'unknown inner field',
    lr({ raito: 3 }),
    /optimizers\.sgd\.lr\.raito: unknown field; did you mean "ratio"\?/,
  ],
  [
    'misspelt, so missing too',
    { tokens: undefined, token: 1 },
    /^study: token: unknown field; did you mean "tokens"\?/,
  ],
  ['a name that leads elsewhere', { name: '..' }, /name: must be letters, .* found "\.\."/],
  ['not a number', lr({ guess: Number.NaN }), /lr\.guess: expected a number, found NaN/],
  ['text for a number', { tokens: 'many' }, /tokens: expected a number, found "many"/],
  [
    'missing field',
    { tokens: undefined },
    /tokens: a study needs a budget per run, in tokens \(or in steps\)/,
  ],
  ['fraction for an integer', { batchSizes: [1.5] }, /batchSizes\.0: expected an integer, found 1.5/],
  ['empty list', { batchSizes: [] }, /batchSizes: expected a list of at least 1/],
  ['no arms', { optimizers: {} }, /optimizers: needs at least one arm/],
  ['ratio 1', lr({ ratio: 1 }), /lr\.ratio: .*greater than 1, found 1/],
  ['unknown mode', { mode: 'random' }, /mode: expected one of bracket, grid, found "random"/],
  [
    'unknown optimizer',
    { optimizers: { adm: {} } },
    /^study: optimizers\.adm: unknown optimizer "adm": did you mean "adam"\?/,
  ],
  [
    'unknown group',
    { optimizers: { x: { optimizer: { rest: 'sgd', haed: 'adam' } } } },
    /optimizers\.x: unknown parameter group "haed": did you mean "head"\?/,
  ],
  ['neither name nor groups', { optimizers: { x: { optimizer: 3 } } }, /x\.optimizer: must be a name, or/],
  ['unknown clip', { clip: { kind: 'layr' } }, /clip: unknown kind "layr": choose one of layer, coordinate/],
  ['unknown clip value', { clip: { kind: 'layer', p: 1 } }, /clip: layer takes maxNorm as numbers, not p/],
  ['clip 0', { clip: 0 }, /clip: expected a number greater than 0, found 0/],
  ['clip text', { clip: 'x' }, /clip: must be a norm above 0, null \(off\), or a kind .*found "x"/],
  [
    'axes',
    { optimizers: { sgd: { axes: { momentum: 1 } } } },
    /axes\.momentum: must be a list of numbers, or/,
  ],
  [
    'no default axis',
    { optimizers: { adam: { axes: { eps: 'default' } } } },
    /axes\.eps: there are no default/,
  ],
  [
    'unknown batch schedule',
    { optimizers: { sgd: { batchSchedule: { name: 'cubic' } } } },
    /batchSchedule\.name: no such batch schedule: "cubic"/,
  ],
  [
    'unknown hyperparameter',
    { optimizers: { sgd: { hyper: { beta9: 1 } } } },
    /sgd has no such hyperparameter: "beta9"/,
  ],
  [
    'hyper out of range',
    { optimizers: { sgd: { hyper: { momentum: 2 } } } },
    /optimizers\.sgd: momentum .* below 1, got 2/,
  ],
  ['axis out of range', { optimizers: { sgd: { axes: { momentum: [0.9, 2] } } } }, /momentum .* got 2/],
  [
    'fixed and tuned',
    { optimizers: { sgd: { hyper: { momentum: 0.9 }, axes: { momentum: [0.9] } } } },
    /momentum is both fixed and tuned/,
  ],
  ['unknown preset', { model: 'nan' }, /model: no such preset: "nan"; did you mean "nano"\?/],
  ['impossible model', { model: { dim: 65 } }, /even width/],
  ['unknown schedule', { schedule: { name: 'cosin' } }, /schedule\.name: no such schedule/],
  ['unknown arm', { baseline: 'lion' }, /baseline: no such arm: "lion"/],
  ['same arm twice', { baseline: 'sgd', challenger: 'sgd' }, /is the baseline too/],
  [
    'step larger than budget',
    { batchSizes: [16, 1024] },
    /one step of 1024 sequences x 64 tokens is more than the budget of 4096 tokens/,
  ],
];

test('everything wrong with a study is one line that names the field and the remedy', () => {
  for (const [what, change, pattern] of bad)
    assert.throws(
      () => resolved({ tokens: 8192, ...change, ...(what.startsWith('step') ? { tokens: 4096 } : {}) }),
      oneLine(pattern),
      what,
    );
});

test('a sequence longer than a shard is refused before any training', () => {
  const draft = draftStudy(loadStudy(base));
  assert.throws(
    () => resolveStudy(draft, { ...facts, validation: { length: 64 } }),
    oneLine(/a sequence of 64 tokens is longer than the validation split of sotu \(64 tokens\)/),
  );
});

// Study files as people write them: what is accepted, and what is answered with the line to write.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserErrors } from '../core/errors.ts';
import { optimizers } from '../optim/registry.ts';
import { loadStudy } from './load.ts';
import { draftStudy } from './resolve.ts';
import type { StudyFile } from './schema.ts';

const path = join(mkdtempSync(join(tmpdir(), 'gaplab-')), 'f.yaml');

/** The study in a file of that text; the text begins with line 1. */
function load(text: string, set: string[] = []): StudyFile {
  writeFileSync(path, text);
  return loadStudy(path, set);
}

/** Lines of the refusal, without the folder. */
function refusal(text: string, set: string[] = []): string[] {
  try {
    load(text, set);
  } catch (error) {
    assert.ok(error instanceof UserErrors, String(error));
    return error.lines.map((line) => line.replace(path, 'f.yaml'));
  }
  return [];
}

const head = 'name: x\ntokens: 65536\nbatchSizes: [1, 8]\n';
/** With the three lines of `head` before it. */
const four = (text: string) => load(`${head}${text}`);
const arm = (text: string) => four(`optimizers: {sgd: ${text}}`).optimizers.sgd;

test('learning rates: a number is where the search begins, a list is all that is tried, in either mode', () => {
  assert.equal(arm('{lr: 0.1}').lr.guess, 0.1);
  assert.equal(arm('{lr: 1e-3}').lr.guess, 0.001);
  assert.equal(arm('{lr: ".5"}').lr.guess, 0.5);
  assert.deepEqual(arm('{lr: [0.1, 0.2]}').lr.values, [0.1, 0.2]);
  const study = draftStudy(four('optimizers: {sgd: {lr: [0.2, 0.1]}, adam: {lr: 1e-3}}'));
  assert.deepEqual(study.optimizers.sgd.lr, { kind: 'grid', values: [0.1, 0.2] });
  assert.deepEqual(study.optimizers.adam.lr, { kind: 'bracket', guess: 0.001, ratio: 2, carry: 0.5 });
  assert.deepEqual(four('optimizers:\n  sgd:\n    lr: 0.1, 0.2').optimizers.sgd.lr.values, [0.1, 0.2]);
});

test('optimizers: a list of names, of arms, and hyperparameters directly below the arm', () => {
  assert.deepEqual(Object.keys(four('optimizers: [sgd, adam]').optimizers), ['sgd', 'adam']);
  assert.deepEqual(Object.keys(four('optimizers: sgd').optimizers), ['sgd']);
  const listed = four('optimizers:\n  - sgd: {lr: .1}\n  - name: adam\n    lr: .01\n').optimizers;
  assert.deepEqual([listed.sgd.lr.guess, listed.adam.lr.guess], [0.1, 0.01]);
  assert.deepEqual(arm('{momentum: .9, nesterov: true, lr: .1}').hyper, { momentum: 0.9, nesterov: 1 });
  assert.deepEqual(arm('{momentum: "0.9", nesterov: yes}').hyper, { momentum: 0.9, nesterov: 1 });
  assert.deepEqual(arm('{momentum: [.9, .95]}').axes, { momentum: [0.9, 0.95] });
  assert.equal(four('optimizers: {fast: sgd}').optimizers.fast.optimizer, 'sgd');
  const graft = four('optimizers: {"sgd#adam": {sgd: {momentum: .9}}}').optimizers['sgd#adam'];
  assert.deepEqual(graft.hyper, { 'sgd.momentum': 0.9 });
});

test('other short forms: seeds, data, schedule, validation, clipping, one batch size', () => {
  const study = load(
    'name: x\ntokens: 65_536\nbatchSizes: 4\noptimizers: [sgd]\nseeds: 5\ndata: a.txt\nschedule: constant\neval: 4096\nclip: off\nmodel: tiny\n',
  );
  assert.deepEqual([study.tokens, study.batchSizes], [[65536], [4]]);
  assert.deepEqual(study.seeds, { tune: 1, fresh: 5 });
  assert.equal(study.data.corpus, join(path, '..', 'a.txt'));
  assert.deepEqual([study.schedule.name, study.eval.tokens, study.clip], ['constant', 4096, [null]]);
  assert.equal(study.model[0].preset, 'tiny');
  assert.deepEqual(four('optimizers: [sgd]\nseeds: [3, 4, 5]').seeds, { tune: 3, fresh: 2 });
  assert.deepEqual(
    load('name: x\ntokens: "65536"\nbatchSizes: 1, 4, 16\noptimizers: [sgd]').batchSizes,
    [1, 4, 16],
  );
});

test('merge keys, aliases, JSON and a byte order mark are read', () => {
  const merged = four(
    'x-usual: &usual {lr: .1}\noptimizers:\n  sgd: &s {<<: *usual, momentum: .9}\n  slow: {<<: *s, optimizer: sgd, lr: .01}\n',
  ).optimizers;
  assert.deepEqual([merged.sgd.lr.guess, merged.slow.lr.guess, merged.slow.hyper.momentum], [0.1, 0.01, 0.9]);
  const json = { name: 'j', tokens: 4096, batchSizes: [1], optimizers: { sgd: {} } };
  assert.equal(load(JSON.stringify(json, null, '\t')).name, 'j');
  assert.equal(load(`\ufeff${head}optimizers: [sgd]`).name, 'x');
});

test('everything that is wrong is told at once, with its line and what to write', () => {
  assert.deepEqual(
    refusal(`name: x
tokens: many
batch_sizes: [4]
learning_rate: .1
vocab_size: 300
optimizers:
  adm:
  sgd: {momentum: 2}
  adam: {learning_rate: .1}
  lion: 0.1
model: nan
mode: random
`),
    [
      'f.yaml:2: tokens: expected a number, found "many"; write it as tokens: 300000',
      'f.yaml:3: batch_sizes: unknown field; did you mean "batchSizes"?',
      'f.yaml:4: learning_rate: unknown field here; it belongs to optimizers: {sgd: {lr: ...}}',
      'f.yaml:5: vocab_size: unknown field here; it belongs to data: {vocabSize: ...}',
      `f.yaml:7: optimizers.adm: unknown optimizer "adm": did you mean "adam"? choose one of ${Object.keys(optimizers).join(', ')}`,
      'f.yaml:8: optimizers.sgd: momentum of optimizer "sgd" must be at least 0 and below 1, got 2',
      'f.yaml:9: optimizers.adam.learning_rate: unknown field; did you mean "lr"?',
      'f.yaml:10: optimizers.lion: expected fields, found 0.1; write it as lion: {lr: 0.1}',
      'f.yaml:11: model: no such preset: "nan"; did you mean "nano"? (tiny, nano, 1m, 10m, 30m, 160m, 410m, 1b, tiny-vision, nano-vision)',
      'f.yaml:12: mode: expected one of bracket, grid, found "random"',
    ],
  );
  assert.deepEqual(refusal('title: x\n'), [
    'f.yaml: name: this field is missing; write it as name: my-study',
    'f.yaml: batchSizes: this field is missing; write it as batchSizes: [1, 8, 64]',
    'f.yaml: optimizers: this field is missing; write it as optimizers: {sgd: {}, adam: {}}',
    'f.yaml: tokens: a study needs a budget per run, in tokens (or in steps); write it as tokens: 300000',
  ]);
});

test('a number that could be another is answered with the number to write', () => {
  assert.deepEqual(
    refusal('name: x\ntokens: 65,536\nbatchSizes: [1, 2^4, 8k]\noptimizers: {sgd: {lr: {guess: 1/16}}}\n'),
    [
      'f.yaml:2: tokens: expected a number, found "65,536"; write it as 65536',
      'f.yaml:3: batchSizes.1: expected a number, found "2^4"; write it as 16',
      'f.yaml:3: batchSizes.2: expected a number, found "8k"; write it as 8000',
      'f.yaml:4: optimizers.sgd.lr.guess: expected a number, found "1/16"; write it as 0.0625',
    ],
  );
  const after = (text: string) => refusal(`${head}${text}`).map((line) => line.replace('f.yaml:4: ', ''));
  assert.deepEqual(after('optimizers: {sgd: {hyper: {momentum: [.9, .95]}}}'), [
    'optimizers.sgd.hyper.momentum: expected a number, found [0.9, 0.95]; values to choose from are tuned: write axes: {momentum: [0.9, 0.95]}',
  ]);
  assert.deepEqual(after('optimizers: {sgd: {axes: {momentum: .9}}}'), [
    'optimizers.sgd.axes.momentum: must be a list of numbers, or default, found 0.9; a value that stays is written as hyper: {momentum: 0.9}',
  ]);
  assert.deepEqual(after('optimizers: {sgd: {lr: 0.1, 0.2}}'), [
    'optimizers.sgd.0.2: a value stands where a field is expected; several values stand in brackets, e.g. [0.1, 0.2]',
  ]);
  assert.deepEqual(after('optimizers: {sgd: {momentum: .9, hyper: {momentum: .8}}}'), [
    'optimizers.sgd.momentum: it stands in hyper, too; keep one',
  ]);
});

test('in a size and in --set, the place is that of the size and of the flag', () => {
  assert.deepEqual(
    refusal(`${head}optimizers: [sgd]\nsizes:\n  mini:\n    seeds: -1\n`, [
      'tokens=many',
      'optimizers.adam.lr=-1',
    ]),
    [
      'f.yaml:7: seeds: expected at least 0, found -1',
      '--set tokens=many: tokens: expected a number, found "many"; write it as tokens: 300000',
      '--set optimizers.adam.lr=-1: optimizers.adam.lr: expected a number greater than 0, found -1',
    ],
  );
});

test('paths in the file begin at the file, paths in --set where one stands', () => {
  const study = `${head}optimizers: [sgd]\ndata: {corpus: a.txt, tokenizer: t.json}\n`;
  const data = (set: string[]) => load(study, set).data;
  assert.deepEqual(data([]), { corpus: join(path, '..', 'a.txt'), tokenizer: join(path, '..', 't.json') });
  assert.equal(data(['data.corpus=b.txt']).corpus, join(process.cwd(), 'b.txt'));
  assert.equal(data(['data.corpus=b.txt']).tokenizer, join(path, '..', 't.json'));
  assert.equal(data(['data=b.txt']).corpus, join(process.cwd(), 'b.txt'));
  assert.equal(data(['data.corpus=sotu']).corpus, 'sotu');
});

test('--set reaches into what was written short', () => {
  const study = load(`${head}optimizers: [sgd, adam]\nseeds: 5\nmodel: tiny\n`, [
    'optimizers.sgd.lr=[.1, .2]',
    'optimizers.adam.beta2=.9',
    'seeds.tune=3',
    'model.layers=4',
    'batchSizes=2,4',
  ]);
  assert.deepEqual(study.optimizers.sgd.lr.values, [0.1, 0.2]);
  assert.deepEqual(study.optimizers.adam.hyper, { beta2: 0.9 });
  assert.deepEqual(
    [study.seeds, study.model[0].layers, study.batchSizes],
    [{ tune: 3, fresh: 5 }, 4, [2, 4]],
  );
});

test('a null in a size takes away what the study says', () => {
  const sgd = load(
    `${head}optimizers: {sgd: {hyper: {momentum: .9}}}\nsizes: {mini: {optimizers: {sgd: {hyper: null}}}}`,
  );
  assert.deepEqual(sgd.optimizers.sgd.hyper, {});
});

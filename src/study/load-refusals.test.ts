// Everything wrong with a study is one line that names the field and the remedy.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadStudy } from './load.ts';
import { base, facts, oneLine, resolved } from './loaded.testing.ts';
import { draftStudy, resolveStudy } from './resolve.ts';

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

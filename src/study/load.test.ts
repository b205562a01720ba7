import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { loadStudy } from './load.ts';
import { oneLine, resolved } from './loaded.testing.ts';

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

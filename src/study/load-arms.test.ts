// What may be said of an arm: clipping, parts of composed optimizers, half-lives, grids.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolved } from './loaded.testing.ts';
import { ownConfigFor } from './points.ts';

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

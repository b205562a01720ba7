import assert from 'node:assert/strict';
import { test } from 'node:test';
import { criticalBatch, stepsToTarget } from './critical.ts';

const sizes = [1, 4, 16, 64, 256];

test('the fit finds the critical batch size of steps that follow its law', () => {
  const points = sizes.map((batchSize) => ({ batchSize, steps: 50 * (1 + 20 / batchSize) }));
  assert.ok(Math.abs(criticalBatch(points, 'fit')!.at - 20) < 1e-6);
});

test('linear saving up to a point: that point; always: the largest size; three sizes at least', () => {
  const steps = [6400, 1600, 400, 200, 200];
  const points = sizes.map((batchSize, i) => ({ batchSize, steps: steps[i] }));
  const found = criticalBatch(points, 'linear')!.at;
  assert.ok(found > 16 && found < 64, String(found));
  const perfect = sizes.map((batchSize) => ({ batchSize, steps: 6400 / batchSize }));
  assert.deepEqual(criticalBatch(perfect, 'linear'), { at: 256, bound: 'at least' });
  assert.deepEqual(criticalBatch(perfect, 'fit'), { at: 512, bound: 'at least' });
  assert.equal(criticalBatch(points.slice(0, 2), 'linear'), null);
});

test('steps to a target are read off a smoothed curve between its points', () => {
  const curve = Array.from({ length: 101 }, (_, i) => ({
    step: i,
    tokens: 10 * i,
    loss: 7 - 0.04 * i + 0.2 * (i % 2),
  }));
  const steps = stepsToTarget(curve, 5)!;
  assert.ok(Math.abs(steps - 52.5) < 1.5, String(steps));
  assert.equal(stepsToTarget(curve, 1), null);
  assert.equal(stepsToTarget([], 1), null);
});

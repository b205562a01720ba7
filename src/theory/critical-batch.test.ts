// The critical batch size of sign descent where it is known: equal coordinates, and limits of mixtures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../core/rng.ts';
import { predictedCriticalBatch, signDrift } from './critical-batch.ts';

const close = (a: number, b: number, relative = 1e-5) =>
  assert.ok(Math.abs(a / b - 1) < relative, `${a} is not ${b}`);

test('equal coordinates: B* = 2 (sigma / g)^2, whatever their number, sign and scale', () => {
  close(predictedCriticalBatch({ mean: [0.1], sd: [1], weight: [1] })!, 200);
  close(predictedCriticalBatch({ mean: [-3, 3, 30], sd: [6, 6, 60], weight: [1, 7, 2] })!, 8);
});

test('the drift share is the mean sign of simulated mini-batches', () => {
  const { normal } = createRng(2, 'critical-batch.test');
  const [g, sd, batchSize, draws] = [0.2, 1, 16, 20000];
  let signs = 0;
  for (let k = 0; k < draws; k++) signs += Math.sign(g + (sd / Math.sqrt(batchSize)) * normal());
  const measured = signs / draws;
  assert.ok(Math.abs(measured - signDrift({ mean: [g], sd: [sd], weight: [1] }, batchSize)!) < 0.02);
});

test('between the critical batch sizes of its coordinates, and growing with noise as its square', () => {
  const one = fc.double({ min: 0.01, max: 10, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(one, one), { minLength: 1, maxLength: 5 }), (pairs) => {
      const mean = pairs.map(([g]) => g);
      const sd = pairs.map(([, s]) => s);
      const weight = pairs.map(() => 1);
      const own = pairs.map(([g, s]) => 2 * (s / g) ** 2);
      const found = predictedCriticalBatch({ mean, sd, weight })!;
      assert.ok(found >= Math.min(...own) * (1 - 1e-5) && found <= Math.max(...own) * (1 + 1e-5));
      close(predictedCriticalBatch({ mean, sd: sd.map((s) => 3 * s), weight })!, 9 * found, 1e-4);
    }),
    { numRuns: 50 },
  );
});

test('no noise: at once; no signal: never', () => {
  assert.equal(predictedCriticalBatch({ mean: [1, 2], sd: [0, 0], weight: [1, 1] }), 0);
  assert.equal(predictedCriticalBatch({ mean: [0, 0], sd: [1, 1], weight: [1, 1] }), null);
});

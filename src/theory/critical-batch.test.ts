import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { erf, predictedCriticalBatch } from './critical-batch.ts';

test('erf to fifteen digits', () => {
  for (const [x, value] of [
    [0, 0],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [7, 1],
  ]) {
    assert.ok(Math.abs(erf(x) - value) < 3e-15, `erf(${x}) = ${erf(x)}`);
    assert.equal(erf(-x), -erf(x));
  }
});

test('one group: B* = 2 sigma^2 / g^2; speed grows like the root below it and saturates above', () => {
  const { batchSize, efficiency, exponent, noiseScale } = predictedCriticalBatch([
    { count: 7, meanSquare: 0.04, variance: 9 },
  ]);
  assert.ok(Math.abs(batchSize - 450) < 1e-6, String(batchSize));
  assert.ok(Math.abs(noiseScale - 225) < 1e-9);
  assert.ok(Math.abs(efficiency(450) - erf(1)) < 1e-12);
  assert.ok(Math.abs(exponent(0.01) - 0.5) < 1e-3 && exponent(45000) < 1e-3);
  assert.ok(Math.abs(efficiency(4) / efficiency(1) - 2) < 0.01);
});

test('several groups: B* lies between theirs, and efficiency rises with B', () => {
  const group = fc.record({
    count: fc.integer({ min: 1, max: 1000 }),
    meanSquare: fc.double({ min: 1e-6, max: 10, noNaN: true }),
    variance: fc.double({ min: 1e-3, max: 100, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 6 }), (moments) => {
      const { batchSize, efficiency, exponent, groups } = predictedCriticalBatch(moments);
      const own = groups.map((one) => one.batchSize);
      assert.ok(batchSize >= Math.min(...own) * 0.999 && batchSize <= Math.max(...own) * 1.001);
      assert.ok(efficiency(batchSize) < efficiency(2 * batchSize) + 1e-12);
      assert.ok(Math.abs(groups.reduce((sum, one) => sum + one.share, 0) - 1) < 1e-9);
      // The exponent is the derivative of the efficiency.
      const numeric =
        Math.log(efficiency(batchSize * 1.001) / efficiency(batchSize / 1.001)) / (2 * Math.log(1.001));
      assert.ok(Math.abs(numeric - exponent(batchSize)) < 1e-5);
    }),
    { seed: 1, numRuns: 100 },
  );
});

test('groups without a gradient above their noise do not count; nothing left is an error', () => {
  const one = { count: 10, meanSquare: 1, variance: 50 };
  const noise = { count: 1000, meanSquare: -0.01, variance: 50 };
  assert.equal(predictedCriticalBatch([one, noise]).batchSize, predictedCriticalBatch([one]).batchSize);
  assert.throws(() => predictedCriticalBatch([noise]), UserError);
  assert.throws(() => predictedCriticalBatch([{ ...one, variance: -1 }]), /variance is at least 0, not -1/);
  assert.throws(() => predictedCriticalBatch([{ ...one, meanSquare: Number.NaN }]), UserError);
  assert.equal(predictedCriticalBatch([{ ...one, variance: 0 }]).batchSize, 0);
});

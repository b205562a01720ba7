import assert from 'node:assert/strict';
import { test } from 'node:test';
import { erf } from './erf.ts';

test('erf: values of Abramowitz and Stegun, table 7.1, signs and ends', () => {
  const table = [
    [0.02, 0.0225645747],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [1.5, 0.9661051465],
    [2, 0.995322265],
  ];
  for (const [x, value] of table) {
    assert.equal(erf(x).toFixed(10), value.toFixed(10));
    assert.equal(erf(-x), -erf(x));
  }
  assert.deepEqual([0, 1e-300, 7, Number.POSITIVE_INFINITY].map(erf), [
    0,
    (2 / Math.sqrt(Math.PI)) * 1e-300,
    1,
    1,
  ]);
  assert.ok(Number.isNaN(erf(Number.NaN)));
});

test('erf is the integral of its density, and rises to 1', () => {
  for (const x of [0.1, 0.9, 2.3, 3.1, 5.9]) {
    // Simpson's rule; its error is far below the tolerance.
    const n = 2000;
    const f = (i: number) => Math.exp(-(((i / n) * x) ** 2));
    const inner = Array.from({ length: n - 1 }, (_, i) => (i % 2 === 0 ? 4 : 2) * f(i + 1));
    const integral = ((f(0) + f(n) + inner.reduce((a, b) => a + b)) * x) / (3 * n);
    assert.ok(Math.abs(erf(x) - (2 / Math.sqrt(Math.PI)) * integral) < 1e-13, String(x));
  }
  // Rounding x² costs up to x² half ulps.
  const rounding = 36 * Number.EPSILON;
  const values = Array.from({ length: 1300 }, (_, i) => erf(i / 200));
  assert.ok(values.every((value, i) => value <= 1 && (i === 0 || value > values[i - 1] - rounding)));
});

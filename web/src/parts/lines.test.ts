// Smoothing, and the mean of seeds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawable, meanOf, smoothed, thinned } from './lines.ts';

test('an average begins without a bias, passes over gaps, and 0 changes nothing', () => {
  const curve = { x: [1, 2, 3, 4], y: [4, null, 2, 2] };
  assert.deepEqual(smoothed(curve, 0), curve);
  // Weights 1/2 and 1, then 1/4, 1/2 and 1, of which the gap has none.
  assert.deepEqual(smoothed(curve, 0.5).y, [4, null, (2 + 2) / 1.5, (1 + 1 + 2) / 1.75]);
  const constant = smoothed({ x: [1, 2, 3], y: [7, 7, 7] }, 0.9).y as number[];
  for (const value of constant) assert.ok(Math.abs(value - 7) < 1e-12);
});

test('the mean of seeds has their range; a seed that ended early counts as far as it went', () => {
  const mean = meanOf([
    { x: [1, 2, 3], y: [4, 3, 2] },
    { x: [1, 3], y: [6, 4] },
    { x: [1, 2], y: [5, 1] },
  ]);
  assert.deepEqual(mean, { x: [1, 2, 3], y: [5, 3, 3], lo: [4, 1, 2], hi: [6, 5, 4] });
  assert.deepEqual(meanOf([{ x: [1], y: [2] }]), { x: [1], y: [2] });
});

test('what cannot be drawn is left out, and a long curve is thinned to its last point', () => {
  const curve = { x: [0, 1, 2, 3], y: [1, null, -1, Number.POSITIVE_INFINITY] };
  assert.deepEqual(drawable(curve, false, false), { x: [0, 2], y: [1, -1] });
  assert.deepEqual(drawable(curve, true, false), { x: [2], y: [-1] });
  assert.deepEqual(drawable(curve, false, true), { x: [0], y: [1] });
  assert.deepEqual(thinned({ x: [0, 1, 2, 3, 4, 5], y: [0, 1, 2, 3, 4, 5] }, 3).x, [0, 2, 4, 5]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { betaShare, f95, t95 } from './student.ts';

const close = (value: number, expected: number, digits: number) =>
  assert.ok(Math.abs(value / expected - 1) < 10 ** -digits, `${value} is not ${expected}`);

test('quantiles have closed forms for few degrees of freedom', () => {
  close(t95(1), Math.tan(0.475 * Math.PI), 12);
  close(t95(2), 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)), 12);
  // F with two degrees of freedom above: 1 - (1 + 2 F / below) ** (-below / 2).
  for (const below of [1, 2.5, 3, 40]) close(f95(2, below), (below / 2) * (0.05 ** (-2 / below) - 1), 11);
});

test('quantiles of the tables', () => {
  const rounded = [3, 5, 10, 30, 120].map((degrees) => t95(degrees).toFixed(4));
  assert.deepEqual(rounded, ['3.1824', '2.5706', '2.2281', '2.0423', '1.9799']);
  assert.deepEqual(
    [f95(3, 4), f95(5, 20), f95(10, 3)].map((value) => value.toFixed(3)),
    ['6.591', '2.711', '8.786'],
  );
  // Towards many degrees of freedom the normal distribution's 1.96.
  close(t95(1e4), 1.9602012, 6);
});

test('the incomplete beta function has its mirror image and its polynomials', () => {
  for (const x of [0.01, 0.3, 0.5, 0.97]) {
    close(betaShare(x, 1, 3), 1 - (1 - x) ** 3, 11);
    close(betaShare(x, 2, 2), 3 * x * x - 2 * x ** 3, 11);
    close(betaShare(x, 0.5, 0.5), (2 / Math.PI) * Math.asin(Math.sqrt(x)), 11);
    close(betaShare(x, 2.5, 7), 1 - betaShare(1 - x, 7, 2.5), 9);
  }
  assert.deepEqual([betaShare(0, 2, 3), betaShare(1, 2, 3)], [0, 1]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { type QuadraticInput, quadratic } from './problem.ts';

for (const [input, message] of [
  [{ spectrum: [] }, /spectrum is empty/],
  [{}, /spectrum is empty/],
  [{ spectrum: [1, Number.NaN] }, /NaN is not a finite number/],
  [{ spectrum: [1, -2] }, /eigenvalue -2 is negative/],
  [{ spectrum: [0, 0] }, /nothing to minimize/],
  [{ spectrum: [1], sigma: [-1] }, /sigma must not be negative, and is -1/],
  [{ spectrum: [1, 2, 3], sigma: [1, 2] }, /2 numbers for 3 coordinates/],
  [{ spectrum: [1, 2], start: [Number.POSITIVE_INFINITY] }, /start: Infinity/],
  [{ spectrum: [1, 2], start: [0] }, /loss at the start is 0/],
  [{ spectrum: [1, 0], start: [0, 1] }, /loss at the start is 0/],
  [{ spectrum: [1e308], start: [10] }, /not finite/],
  [{ matrix: [] }, /H is empty/],
  [{ matrix: [[1, 2]] }, /square: 1 rows, but row 1 has 2/],
  [
    {
      matrix: [
        [1, 2],
        [0, 1],
      ],
    },
    /symmetric: row 2, column 1 is 0, row 1, column 2 is 2/,
  ],
  [{ matrix: [[Number.NaN]] }, /row 1 holds NaN/],
  [{ matrix: [[-1]] }, /negative eigenvalue -1\.000/],
  [
    {
      matrix: [
        [1, 2],
        [2, 1],
      ],
    },
    /negative eigenvalue -1\.000, so the loss has no minimum/,
  ],
  [
    {
      matrix: [
        [1e-300, 2e-300],
        [2e-300, 1e-300],
      ],
    },
    /negative eigenvalue/,
  ],
] as [QuadraticInput, RegExp][])
  test(`${JSON.stringify(input)} is refused in one line`, () => {
    assert.throws(
      () => quadratic(input),
      (error: Error) =>
        error instanceof UserError && message.test(error.message) && !error.message.includes('\n'),
    );
  });

test('a matrix with a zero eigenvalue is no worse than a spectrum with a zero', () => {
  const flat = quadratic({
    matrix: [
      [1, 1],
      [1, 1],
    ],
  });
  assert.equal(flat.lossAt([1, -1], 1, 0), 0);
});

test('a matrix and its eigenvalues give the same loss', () => {
  const turned = quadratic({
    matrix: [
      [3, 1],
      [1, 3],
    ],
    start: [1, 2],
  });
  // Eigenvalues 4 and 2 along (1, 1) and (1, -1): 1/2 (4 * 4.5 + 2 * .5).
  assert.equal(turned.lossAt([1, 2], 1, 0), 9.5);
  assert.equal(quadratic({ spectrum: [4, 2] }).lossAt([0, 1.5, 0, 2], 2, 1), 8.5);
});

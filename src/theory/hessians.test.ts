import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { blockHessian, hessianPresets, matrixHessian } from './hessians.ts';

const close = (a: number, b: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(a - b) < tolerance, `${a} is not ${b}`);

test('the two presets have the same spectrum, blocks apart, and rotations that the seed decides', () => {
  const [a, b] = ['heterogeneous', 'homogeneous'].map((name) => blockHessian(hessianPresets[name], 3));
  assert.deepEqual([...a.values].sort(), [...b.values].sort());
  for (const { rows, vectors, values, dim } of [a, b]) {
    for (let k = 0; k < dim; k++)
      for (let l = 0; l <= k; l++) {
        let dot = 0;
        let image = 0;
        for (let i = 0; i < dim; i++) {
          dot += vectors[k * dim + i] * vectors[l * dim + i];
          for (let j = 0; j < dim; j++)
            image += vectors[k * dim + i] * rows[i * dim + j] * vectors[l * dim + j];
        }
        close(dot, k === l ? 1 : 0);
        close(image, k === l ? values[k] : 0, 1e-8);
      }
    // Nothing outside the blocks of three.
    for (let i = 0; i < dim; i++)
      for (let j = 0; j < dim; j++)
        if (Math.floor(i / 3) !== Math.floor(j / 3)) assert.equal(rows[i * dim + j], 0);
  }
  assert.notDeepEqual(blockHessian(hessianPresets.homogeneous, 4).rows, b.rows);
  assert.deepEqual(blockHessian(hessianPresets.homogeneous, 3).rows, b.rows);
});

test('rotations have no preferred direction', () => {
  // First coordinate of the first vector: mean 0 and mean square 1/3 under Haar's law.
  const entries = Array.from({ length: 3000 }, (_, seed) => blockHessian([[1, 2, 3]], seed).vectors[0]);
  const mean = entries.reduce((sum, x) => sum + x, 0) / entries.length;
  const square = entries.reduce((sum, x) => sum + x * x, 0) / entries.length;
  close(mean, 0, 4 * Math.sqrt(1 / 3 / 3000));
  close(square, 1 / 3, 4 * Math.sqrt((1 / 5 - 1 / 9) / 3000));
});

test("a user's matrix: its eigenvalues, and what is refused", () => {
  const made = blockHessian(hessianPresets.heterogeneous, 5);
  const matrix = Array.from({ length: 9 }, (_, i) => [...made.rows.slice(9 * i, 9 * i + 9)]);
  const found = matrixHessian(matrix);
  [...found.values]
    .sort((x, y) => x - y)
    .forEach((value, i) => {
      close(value, [1, 2, 3, 99, 100, 101, 4998, 4999, 5000][i], 1e-7);
    });
  found.rows.forEach((value, i) => {
    close(value, made.rows[i], 1e-8);
  });
  assert.deepEqual(
    [
      ...matrixHessian([
        [2, 0],
        [0, 1],
      ]).values,
    ],
    [2, 1],
  );
  const indefinite = [
    [1, 2],
    [2, 1],
  ];
  assert.throws(
    () => matrixHessian(indefinite),
    (error: Error) => error instanceof UserError && /eigenvalue -1\.000/.test(error.message),
  );
  assert.throws(() => blockHessian([], 1), /spectrum is empty/);
});

// Block Hessians of arXiv 2506.12543, appendix D (after Orvieto & Gower, arXiv 2505.21829): the same nine eigenvalues,
// sorted into three blocks either alike (homogeneous) or each its own scale (heterogeneous), blocks randomly rotated.

import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import { createRng } from '../core/rng.ts';
import { checkMatrix, checkSpectrum } from './problem.ts';

/** Eigenvalues of each block. */
export const hessianPresets: Record<string, number[][]> = {
  heterogeneous: [
    [1, 2, 3],
    [99, 100, 101],
    [4998, 4999, 5000],
  ],
  homogeneous: [
    [1, 99, 4998],
    [2, 100, 4999],
    [3, 101, 5000],
  ],
};

export interface Hessian {
  dim: number;
  /** H, row by row. */
  rows: Float64Array;
  /** Orthonormal eigenvectors, eigenvector k in entries [k * dim, (k + 1) * dim). */
  vectors: Float64Array;
  values: Float64Array;
}

/** H = R diag(blocks) R' with a random rotation (Haar) inside every block; `seed` picks the rotations. */
export function blockHessian(blocks: readonly (readonly number[])[], seed: number): Hessian {
  checkSpectrum(blocks.flat());
  const rng = createRng(seed, 'theory rotations');
  const dim = blocks.reduce((sum, block) => sum + block.length, 0);
  const vectors = new Float64Array(dim * dim);
  const values = new Float64Array(dim);
  let base = 0;
  for (const block of blocks) {
    randomRotation(block.length, rng).forEach((vector, k) => {
      values[base + k] = block[k];
      vectors.set(vector, (base + k) * dim + base);
    });
    base += block.length;
  }
  return assemble(vectors, values);
}

/** A user's own H. Throws UserError unless it is square, symmetric and has no negative eigenvalue. */
export function matrixHessian(matrix: readonly (readonly number[])[]): Hessian {
  checkMatrix(matrix);
  const { vectors, values } = jacobi(matrix);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  const lowest = values.reduce((a, b) => Math.min(a, b), 0);
  if (lowest < -1e-9 * largest)
    throw new UserError(`H has the negative eigenvalue ${lowest.toPrecision(4)}, so the loss has no minimum`);
  return assemble(
    vectors,
    values.map((value) => Math.max(0, value)),
  );
}

function assemble(vectors: Float64Array, values: Float64Array): Hessian {
  const dim = values.length;
  const rows = new Float64Array(dim * dim);
  for (let k = 0; k < dim; k++)
    for (let i = 0; i < dim; i++)
      for (let j = 0; j < dim; j++)
        rows[i * dim + j] += values[k] * vectors[k * dim + i] * vectors[k * dim + j];
  return { dim, rows, vectors, values };
}

/** Rows of an orthogonal matrix with Haar's law: Gram-Schmidt on Gaussian rows, which leaves no sign to convention. */
function randomRotation(n: number, rng: Rng): Float64Array[] {
  const rows: Float64Array[] = [];
  while (rows.length < n) {
    const row = Float64Array.from({ length: n }, () => rng.normal());
    // Twice: once leaves rounding errors of the size of the cancellation.
    for (let pass = 0; pass < 2; pass++)
      for (const other of rows) {
        const along = other.reduce((sum, x, i) => sum + x * row[i], 0);
        for (let i = 0; i < n; i++) row[i] -= along * other[i];
      }
    const norm = Math.hypot(...row);
    if (norm > 1e-8) rows.push(row.map((x) => x / norm));
  }
  return rows;
}

/** Eigenvectors (as rows) and eigenvalues of a symmetric matrix by cyclic Jacobi rotations. */
function jacobi(matrix: readonly (readonly number[])[]): { vectors: Float64Array; values: Float64Array } {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const v = matrix.map((_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  const scale = Math.hypot(...a.map((row) => Math.hypot(...row)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off = Math.max(off, Math.abs(a[p][q]));
    if (off <= 1e-15 * scale) break;
    for (let p = 0; p < n; p++)
      for (let q = 0; q < p; q++) {
        if (a[p][q] === 0) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < n; k++)
          [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        for (let k = 0; k < n; k++)
          [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
        for (let k = 0; k < n; k++)
          [v[p][k], v[q][k]] = [c * v[p][k] - s * v[q][k], s * v[p][k] + c * v[q][k]];
      }
  }
  const vectors = new Float64Array(n * n);
  v.forEach((row, k) => {
    vectors.set(row, k * n);
  });
  return { vectors, values: Float64Array.from(a, (row, i) => row[i]) };
}

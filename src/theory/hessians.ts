// Block Hessians of arXiv 2506.12543, appendix D (after Orvieto & Gower, arXiv 2505.21829):
// the same nine eigenvalues, sorted into three blocks either alike (homogeneous)
// or each its own scale (heterogeneous), blocks randomly rotated.

import type { Rng } from '../core/rng.ts';
import { createRng } from '../core/rng.ts';
import { eigenvectors } from './eigenvectors.ts';
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
  const { vectors, values } = eigenvectors(matrix);
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

/**
 * Rows of an orthogonal matrix with Haar's law: Gram-Schmidt on Gaussian rows, which
 * leaves no sign to convention.
 */
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

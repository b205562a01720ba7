// The noisy quadratic f(x) = x'Hx / 2 whose gradient is seen through noise: g_B = Hx + sigma z / sqrt(B),
// coordinate by coordinate.
import { UserError } from '../core/errors.ts';
import { eigenvectors } from './eigenvectors.ts';

export interface Quadratic {
  /** Diagonal of H; its eigenvalues when H is diagonal, else what stands on the diagonal of `matrix`. */
  eigenvalues: number[];
  /** Rows of H when it is not diagonal. */
  matrix?: number[][];
  start: number[];
  /** Standard deviation of one sample's gradient, per coordinate. */
  sigma: number[];
  /** Loss at the point x[i * stride + offset]. */
  lossAt(x: ArrayLike<number>, stride: number, offset: number): number;
}

export interface QuadraticInput {
  /** Eigenvalues of a diagonal H. */
  spectrum?: readonly number[];
  /** Rows of H. */
  matrix?: readonly (readonly number[])[];
  /** One number for all coordinates, or one for each; 1. */
  start?: readonly number[];
  sigma?: readonly number[];
}

/**
 * Checks and completes. Throws UserError for an empty spectrum, negative curvature or noise,
 * a matrix not square, not symmetric or with a negative eigenvalue.
 */
export function quadratic({ spectrum, matrix, start = [1], sigma = [0] }: QuadraticInput): Quadratic {
  if (matrix) checkMatrix(matrix);
  else checkSpectrum(spectrum);
  const eigenvalues = matrix ? matrix.map((row, i) => row[i]) : [...spectrum!];
  const dim = eigenvalues.length;
  const each = (name: string, values: readonly number[]) => {
    if (values.length !== 1 && values.length !== dim)
      throw new UserError(
        `${name}: ${values.length} numbers for ${dim} coordinates; give one number, or one for each`,
      );
    for (const value of values)
      if (!Number.isFinite(value)) throw new UserError(`${name}: ${value} is not a finite number`);
    return Array.from({ length: dim }, (_, i) => values[values.length === 1 ? 0 : i]);
  };
  const noise = each('noise sigma', sigma);
  for (const value of noise)
    if (value < 0) throw new UserError(`noise sigma must not be negative, and is ${value}`);
  const rows = matrix?.map((row) => [...row]);
  const lossAt = (x: ArrayLike<number>, stride: number, offset: number) => {
    let sum = 0;
    for (let i = 0; i < dim; i++) {
      const xi = x[i * stride + offset];
      if (!rows) sum += eigenvalues[i] * xi * xi;
      else {
        const row = rows[i];
        let g = 0;
        for (let j = 0; j < dim; j++) g += row[j] * x[j * stride + offset];
        sum += xi * g;
      }
    }
    return sum / 2;
  };
  const from = each('start', start);
  const first = lossAt(from, 1, 0);
  if (!Number.isFinite(first))
    throw new UserError(`the loss at the start is not finite: give smaller numbers for H or the start`);
  if (!(first > 0))
    throw new UserError('the loss at the start is 0, so there is nothing to descend: start elsewhere');
  return { eigenvalues, matrix: rows, start: from, sigma: noise, lossAt };
}

/** Throws UserError unless `spectrum` is a list of curvatures. */
export function checkSpectrum(
  spectrum: readonly number[] | undefined,
): asserts spectrum is readonly number[] {
  if (!spectrum || spectrum.length === 0)
    throw new UserError('the spectrum is empty: give at least one eigenvalue');
  for (const value of spectrum) {
    if (!Number.isFinite(value)) throw new UserError(`spectrum: ${value} is not a finite number`);
    if (value < 0)
      throw new UserError(`spectrum: eigenvalue ${value} is negative, and the loss would have no minimum`);
  }
  if (Math.max(...spectrum) === 0)
    throw new UserError('spectrum: all eigenvalues are 0, so there is nothing to minimize');
}

/** Throws UserError unless `matrix` is square, finite, symmetric and has no negative eigenvalue. */
export function checkMatrix(matrix: readonly (readonly number[])[]): void {
  const dim = matrix.length;
  if (dim === 0) throw new UserError('H is empty: give at least one row');
  matrix.forEach((row, i) => {
    if (row.length !== dim)
      throw new UserError(`H must be square: ${dim} rows, but row ${i + 1} has ${row.length} numbers`);
    for (const value of row)
      if (!Number.isFinite(value)) throw new UserError(`H: row ${i + 1} holds ${value}, not a finite number`);
  });
  let largest = 0;
  for (const row of matrix) for (const value of row) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) throw new UserError('H is all zeros, so there is nothing to minimize');
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < i; j++)
      if (Math.abs(matrix[i][j] - matrix[j][i]) > 1e-9 * largest)
        throw new UserError(
          `H must be symmetric: row ${i + 1}, column ${j + 1} is ${matrix[i][j]}, row ${j + 1}, column ${i + 1} is ${matrix[j][i]}`,
        );
  }
  const { values } = eigenvectors(matrix);
  const lowest = values.reduce((a, b) => Math.min(a, b));
  // Rounding alone makes a zero eigenvalue about this large.
  if (!Number.isFinite(lowest)) throw new UserError('H holds numbers too large to compute with');
  if (lowest < -1e-9 * largest)
    throw new UserError(
      `H has the negative eigenvalue ${lowest.toPrecision(4)}, so the loss has no minimum: give a matrix without negative eigenvalues`,
    );
}

// Lanczos iteration with full reorthogonalization on a symmetric matrix known only
// by its products with vectors.
import { tridiagonalEigen } from './tridiagonal.ts';

/** Writes A v into `out`; v is a unit vector and must not be changed. What it throws ends the iteration. */
export type Product = (v: Float32Array, out: Float32Array) => void | Promise<void>;

/** What Lanczos knows of a matrix's spectrum as seen from one random vector. */
export interface Ritz {
  /** Ritz values, ascending: those at the ends are close to eigenvalues. */
  values: number[];
  /** Squared first components, summing to 1: with `values` a Gauss quadrature of the spectral density. */
  weights: number[];
  /** Some eigenvalue lies within this distance of each Ritz value. */
  residuals: number[];
  /** Orthonormal vectors that the products were taken of. */
  basis: Float32Array[];
  /**
   * Norm of what the matrix leads out of their space: the whole of it beyond Q T, for A Q = Q T + remainder.
   */
  remainder: number;
}

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** A remainder this small against the matrix's own size is rounding: the Krylov space is exhausted. */
const EXHAUSTED = 1e-6;

/**
 * All eigenvalues, from as many products as the matrix has rows: where the Krylov space of a vector
 * is exhausted, as it is once eigenvalues repeat, the iteration goes on from a new vector beside it.
 * Weights are those of the true density, the same for each.
 */
export const allEigenvalues = async (product: Product, size: number, normal: () => number): Promise<Ritz> => {
  const ritz = await iterate(product, size, { steps: size, normal, restart: true });
  return { ...ritz, weights: ritz.values.map(() => 1 / size), remainder: 0 };
};

/**
 * At most `steps` products with the `size` x `size` matrix, starting from a random
 * direction (`normal` draws standard normals). Keeps all steps x size float32 of the basis:
 * without reorthogonalization eigenvalues come out several times.
 */
export const lanczos = (
  product: Product,
  size: number,
  options: { steps: number; normal: () => number },
): Promise<Ritz> => iterate(product, size, { ...options, restart: false });

/** Takes the components along `basis` out of `w`. */
export function orthogonalize(w: Float32Array, basis: readonly Float32Array[]): void {
  // Classical Gram-Schmidt twice: once leaves errors of the size of float32 rounding
  // times the condition, twice none.
  for (let pass = 0; pass < 2; pass++)
    for (const q of basis) {
      const along = dot(w, q);
      for (let i = 0; i < w.length; i++) w[i] -= along * q[i];
    }
}

export const length = (v: Float32Array): number => Math.sqrt(dot(v, v));

async function iterate(
  product: Product,
  size: number,
  { steps, normal, restart }: { steps: number; normal: () => number; restart: boolean },
): Promise<Ritz> {
  const basis: Float32Array[] = [];
  const diagonal: number[] = [];
  const off: number[] = [];
  const fresh = () => Float32Array.from({ length: size }, normal);
  let w = fresh();
  let norm = length(w);
  let scale = 0;
  for (let step = 0; step < Math.min(steps, size); step++) {
    const v = w.map((x) => x / norm);
    basis.push(v);
    w = new Float32Array(size);
    await product(v, w);
    diagonal.push(dot(w, v));
    orthogonalize(w, basis);
    norm = length(w);
    scale = Math.max(scale, Math.abs(diagonal[step]), norm);
    const exhausted = !(norm > EXHAUSTED * scale);
    if (exhausted && !restart) {
      norm = 0;
      break;
    }
    if (step + 1 === Math.min(steps, size)) break;
    off.push(exhausted ? 0 : norm);
    if (!exhausted) continue;
    w = fresh();
    orthogonalize(w, basis);
    norm = length(w);
  }
  const { values, first, last } = tridiagonalEigen(diagonal, off);
  return {
    values,
    weights: first.map((x) => x * x),
    residuals: last.map((x) => Math.abs(x) * norm),
    basis,
    remainder: norm,
  };
}

// Lanczos iteration with full reorthogonalization on a symmetric matrix known only by its products with vectors.
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
}

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** A remainder this small against the matrix's own size is rounding: the Krylov space is exhausted. */
const EXHAUSTED = 1e-6;

/**
 * At most `steps` products with the `size` x `size` matrix, starting from a random direction (`normal` draws standard
 * normals). Keeps all steps x size float32 of the basis: without reorthogonalization eigenvalues come out several times.
 */
export async function lanczos(
  product: Product,
  size: number,
  { steps, normal }: { steps: number; normal: () => number },
): Promise<Ritz> {
  const basis: Float32Array[] = [];
  const diagonal: number[] = [];
  const off: number[] = [];
  let w = Float32Array.from({ length: size }, normal);
  let norm = Math.sqrt(dot(w, w));
  let scale = 0;
  for (let step = 0; step < Math.min(steps, size); step++) {
    const v = w.map((x) => x / norm);
    basis.push(v);
    w = new Float32Array(size);
    await product(v, w);
    diagonal.push(dot(w, v));
    // Classical Gram-Schmidt twice: once leaves errors of the size of float32 rounding times the condition, twice none.
    for (let pass = 0; pass < 2; pass++)
      for (const q of basis) {
        const along = dot(w, q);
        for (let i = 0; i < size; i++) w[i] -= along * q[i];
      }
    norm = Math.sqrt(dot(w, w));
    scale = Math.max(scale, Math.abs(diagonal[step]), norm);
    if (!(norm > EXHAUSTED * scale)) {
      norm = 0;
      break;
    }
    if (step + 1 < Math.min(steps, size)) off.push(norm);
  }
  const { values, first, last } = tridiagonalEigen(diagonal, off);
  return { values, weights: first.map((x) => x * x), residuals: last.map((x) => Math.abs(x) * norm) };
}

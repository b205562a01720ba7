// Trace and Frobenius norm of a symmetric matrix that is known only by its products.
// What Lanczos has seen of it counts exactly; the rest is estimated by random vectors
// that are orthogonal to that (Hutch++, arXiv 2010.09649).
import { length, orthogonalize, type Product, type Ritz } from './lanczos.ts';

export interface MatrixSizes {
  trace: number;
  /** Standard error; 0 where nothing was estimated. */
  traceError: number;
  frobenius: number;
  frobeniusError: number;
  /**
   * Least and largest u'Au of all unit vectors u that were tried: no eigenvalue at an end lies further in.
   */
  lowest: number;
  highest: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const errorOf = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(
    values.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (values.length - 1) / values.length,
  );
};

/**
 * With Q the basis of `ritz` and P the projection on what is orthogonal to it: trace A = trace
 * Q'AQ + trace PAP, and |A|^2 = |Q'AQ|^2 + 2 |PAQ|^2 + |PAP|^2, where the terms with Q are known. So the norm
 * is never below that of the Ritz values. `vectors`, two at least, is how many products estimate the rest.
 */
export async function traceAndNorm(
  product: Product,
  size: number,
  { values, basis, remainder }: Ritz,
  { vectors, normal }: { vectors: number; normal: () => number },
): Promise<MatrixSizes> {
  const left = size - basis.length;
  const known = values.reduce((sum, x) => sum + x, 0);
  const squares = values.reduce((sum, x) => sum + x * x, 2 * remainder ** 2);
  const [lowest, highest] = [values[0], values[values.length - 1]];
  if (left === 0)
    return { trace: known, traceError: 0, frobenius: Math.sqrt(squares), frobeniusError: 0, lowest, highest };
  const traces: number[] = [];
  const norms: number[] = [];
  for (let i = 0; i < vectors; i++) {
    const g = Float32Array.from({ length: size }, normal);
    orthogonalize(g, basis);
    const norm = length(g);
    const v = g.map((x) => x / norm);
    const w = new Float32Array(size);
    await product(v, w);
    // A direction drawn evenly from `left` dimensions sees a `left`th of either.
    traces.push(left * v.reduce((sum, x, j) => sum + x * w[j], 0));
    orthogonalize(w, basis);
    norms.push(left * length(w) ** 2);
  }
  const frobenius = Math.sqrt(squares + mean(norms));
  return {
    trace: known + mean(traces),
    traceError: errorOf(traces),
    frobenius,
    frobeniusError: frobenius > 0 ? errorOf(norms) / (2 * frobenius) : 0,
    lowest: Math.min(lowest, ...traces.map((x) => x / left)),
    highest: Math.max(highest, ...traces.map((x) => x / left)),
  };
}

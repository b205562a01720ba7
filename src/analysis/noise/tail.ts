// Is a sample Gaussian? Kurtosis, and the tail index by two estimators.

/**
 * Unbiased for Gaussian samples (Joanes & Gill 1998, G2): 0 for a Gaussian; null
 * below four values or without spread.
 */
export function excessKurtosis(values: ArrayLike<number>): number | null {
  const n = values.length;
  if (n < 4) return null;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let [second, fourth] = [0, 0];
  for (let i = 0; i < n; i++) {
    const square = (values[i] - mean) ** 2;
    second += square / n;
    fourth += square ** 2 / n;
  }
  if (!(second > 0)) return null;
  return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (fourth / second ** 2 - 3) + 6);
}

export interface TailIndex {
  /** Hill's estimate: P(X > x) ~ x^-alpha. Finite for every sample, so compare it with that of a Gaussian. */
  hill: number;
  /** Its standard error, hill / sqrt(order). */
  hillError: number;
  /**
   * Dekkers, Einmahl & de Haan's extreme value index: 1 / alpha for heavy tails,
   * 0 for exponential and Gaussian, negative for bounded.
   */
  xi: number;
  xiError: number;
  /** Largest values used. */
  order: number;
}

/** Share of the sample that counts as its tail. */
const TAIL_SHARE = 0.05;
const LEAST = 10;

/**
 * Tail index of |values|, from their largest 5% (ten at least). Null for samples too small or without a tail.
 */
export function tailIndex(values: ArrayLike<number>): TailIndex | null {
  const sizes = new Float64Array(values.length);
  for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(values[i]);
  sizes.sort().reverse();
  const order = Math.max(LEAST, Math.floor(TAIL_SHARE * sizes.length));
  if (order >= sizes.length || !(sizes[order] > 0)) return null;
  const threshold = Math.log(sizes[order]);
  let [m1, m2] = [0, 0];
  for (let i = 0; i < order; i++) {
    const over = Math.log(sizes[i]) - threshold;
    m1 += over / order;
    m2 += over ** 2 / order;
  }
  if (!(m1 > 0)) return null;
  const xi = m1 + 1 - 0.5 / (1 - m1 ** 2 / m2);
  return {
    hill: 1 / m1,
    hillError: 1 / (m1 * Math.sqrt(order)),
    xi,
    // Asymptotic variance 1 + xi^2 for xi >= 0 (1989); used below zero too, where it is too large.
    xiError: Math.sqrt((1 + xi ** 2) / order),
    order,
  };
}

// Quantiles, defined once: linear between order statistics (type 7 of Hyndman and Fan, the default of R and
// NumPy). The clip threshold of an optimizer is another one (`quantile` in optim/expr.ts), by nearest rank.

/** Of values in ascending order, NaN last; at least one. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const [a, b] = [sorted[low], sorted[Math.min(low + 1, sorted.length - 1)]];
  const between = at - low;
  // Between two infinite losses there is no difference to take a share of.
  return between === 0 || a === b ? a : a + between * (b - a);
}

/** Null for no values. */
export const quantile = (values: ArrayLike<number>, share: number): number | null =>
  values.length > 0 ? quantileOfSorted(Float64Array.from(values).sort(), share) : null;

export const median = (values: ArrayLike<number>): number | null => quantile(values, 0.5);

// Curves before they are drawn: smoothing, and the mean and range of several seeds.

/** A curve; nulls are gaps. `lo` and `hi` are a band around it. */
export interface Curve {
  x: number[];
  y: (number | null)[];
  lo?: (number | null)[];
  hi?: (number | null)[];
}

/** What can be drawn: both numbers are there and finite, and positive where an axis is logarithmic. */
export function drawable({ x, y }: Curve, logX: boolean, logY: boolean): Curve {
  const kept = x.flatMap((at, i) => {
    const value = y[i];
    const isThere = value !== null && Number.isFinite(value) && Number.isFinite(at);
    return isThere && (!logX || at > 0) && (!logY || value > 0) ? [i] : [];
  });
  return { x: kept.map((i) => x[i]), y: kept.map((i) => y[i]) };
}

/**
 * An exponential moving average that begins without a bias: `share` of the weight is on what was before.
 * 0 leaves the curve as it is.
 */
export function smoothed(curve: Curve, share: number): Curve {
  if (share <= 0) return curve;
  let [sum, weight] = [0, 0];
  return {
    ...curve,
    y: curve.y.map((value) => {
      if (value === null) return null;
      sum = share * sum + value;
      weight = share * weight + 1;
      return sum / weight;
    }),
  };
}

/**
 * The mean of curves at the places of the longest, with their range; a shorter one counts as far as it goes.
 */
export function meanOf(curves: readonly Curve[]): Curve {
  const longest = curves.reduce((a, b) => (b.x.length > a.x.length ? b : a));
  if (curves.length === 1) return longest;
  const readers = curves.map(reader);
  const at = longest.x.map((x) => readers.map((read) => read(x)).filter((value) => value !== null));
  return {
    x: longest.x,
    y: at.map((values) => (values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null)),
    lo: at.map((values) => (values.length > 0 ? Math.min(...values) : null)),
    hi: at.map((values) => (values.length > 0 ? Math.max(...values) : null)),
  };
}

/** Reads a curve at ascending places, straight between its points; null outside. */
function reader({ x, y }: Curve): (at: number) => number | null {
  let i = 0;
  return (at) => {
    while (i + 1 < x.length && x[i + 1] <= at) i++;
    if (x.length === 0 || at < x[0] || at > x[x.length - 1]) return null;
    const [a, b] = [y[i], y[i + 1] ?? y[i]];
    if (a === null || b === null || x[i + 1] === undefined) return a;
    return a + ((b - a) * (at - x[i])) / (x[i + 1] - x[i]);
  };
}

/** At most about `most` points of a curve, evenly spread, the last one among them. */
export function thinned(curve: Curve, most: number): Curve {
  const stride = Math.ceil(curve.x.length / most);
  if (stride <= 1) return curve;
  const kept = curve.x.flatMap((_, i) => (i % stride === 0 || i === curve.x.length - 1 ? [i] : []));
  const pick = <V>(values: readonly V[]) => kept.map((i) => values[i]);
  return {
    x: pick(curve.x),
    y: pick(curve.y),
    ...(curve.lo && curve.hi && { lo: pick(curve.lo), hi: pick(curve.hi) }),
  };
}

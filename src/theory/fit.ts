// Powers of the batch size: exponents with their intervals, from repeated measurements or from a single curve.
import jstat from 'jstat';

export interface Exponent {
  exponent: number;
  /** 95% interval; null when it cannot be known (one repetition, or two points). */
  ci95: [number, number] | null;
  /** Smallest and largest batch size of the fit, and how many. */
  from: number;
  to: number;
  points: number;
}

type Point = { x: number; y: number };

/** Least-squares slope of log y over log x; null with fewer than two points above zero. */
function logSlope(points: readonly Point[]): number | null {
  const logs = points.filter(({ x, y }) => x > 0 && y > 0).map(({ x, y }) => [Math.log(x), Math.log(y)]);
  if (logs.length < 2) return null;
  const mx = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const my = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const sxx = logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return sxx === 0 ? null : logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / sxx;
}

/**
 * Exponent of y ~ x^a from independent repetitions of the whole curve: a slope for each, Student's t over them. The interval
 * is the Monte-Carlo error of the slope; whether the curve is a power at all is for the eye, and for local exponents.
 */
export function exponentOverRepetitions(curves: readonly (readonly Point[])[]): Exponent | null {
  const slopes = curves.map(logSlope).filter((slope) => slope !== null);
  if (slopes.length === 0 || slopes.length < curves.length) return null;
  const n = slopes.length;
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / n;
  const sd = Math.sqrt(slopes.reduce((sum, slope) => sum + (slope - mean) ** 2, 0) / (n - 1));
  const half = n < 2 ? Number.NaN : (jstat.jStat.studentt.inv(0.975, n - 1) * sd) / Math.sqrt(n);
  return { exponent: mean, ci95: n < 2 ? null : [mean - half, mean + half], ...rangeOf(curves[0]) };
}

/** Exponent of one measured curve; the interval is that of the residuals around the straight line (n - 2 degrees of freedom). */
export function exponentOfCurve(points: readonly Point[]): Exponent | null {
  const exponent = logSlope(points);
  if (exponent === null) return null;
  const logs = points.filter(({ x, y }) => x > 0 && y > 0).map(({ x, y }) => [Math.log(x), Math.log(y)]);
  const n = logs.length;
  if (n < 3) return { exponent, ci95: null, ...rangeOf(points) };
  const mx = logs.reduce((sum, [x]) => sum + x, 0) / n;
  const my = logs.reduce((sum, [, y]) => sum + y, 0) / n;
  const sxx = logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const residual = logs.reduce((sum, [x, y]) => sum + (y - my - exponent * (x - mx)) ** 2, 0);
  const half = jstat.jStat.studentt.inv(0.975, n - 2) * Math.sqrt(residual / (n - 2) / sxx);
  return { exponent, ci95: [exponent - half, exponent + half], ...rangeOf(points) };
}

function rangeOf(points: readonly Point[]): { from: number; to: number; points: number } {
  const sizes = points.map(({ x }) => x);
  return { from: Math.min(...sizes), to: Math.max(...sizes), points: sizes.length };
}

// A straight line through repeated measurements, and how well its slope is known.
import { f95, seedDegrees, t95, tSeeds } from './student.ts';

export interface Line {
  slope: number;
  /**
   * 95% interval of the slope; null where neither repetitions nor scatter about
   * the line say how well it is known.
   */
  ci95: [lo: number, hi: number] | null;
  /** Degrees of freedom of that interval, for p values; null without one. */
  degrees: number | null;
  /** Standard deviation of the means about the line; null for two points, which every line meets. */
  scatter: number | null;
  /**
   * False where the means lie further from the line than repetitions explain (F test at 95%);
   * null where that cannot be told.
   */
  fits: boolean | null;
}

/**
 * Least squares through the means over `curves`: repetitions, e.g. seeds, each with a value
 * at every one of `x`. Null with fewer than two different x.
 *
 * Two things make a slope uncertain. Repetitions differ: Student's t over their slopes, by `quantile`
 * (for seeds at most two degrees of freedom, `tSeeds`; simulations have no plateaus, and take n - 1).
 * And points lie off the line, by noise or because what is measured is no line: residuals of the means,
 * k - 2 degrees of freedom. Each misses what the other sees, so the interval is the wider of both; where
 * the line does not fit, both add up, as squares. line.test.ts counts how often it covers the true slope.
 *
 * `known`: what is known of the slope's uncertainty where there are no repetitions of whole curves, as half
 * of its 95% interval.
 */
export function fitLine(
  x: readonly number[],
  curves: readonly (readonly number[])[],
  quantile: (repetitions: number) => number = tSeeds,
  known: { half: number; degrees: number } | null = null,
): Line | null {
  const [k, n] = [x.length, curves.length];
  const middle = sum(x) / k;
  const sxx = sum(x.map((value) => (value - middle) ** 2));
  if (!(sxx > 0) || n === 0) return null;
  const slopeOf = (y: readonly number[]) => sum(y.map((value, i) => value * (x[i] - middle))) / sxx;
  const slopes = curves.map(slopeOf);
  const slope = sum(slopes) / n;
  const halves = n === 1 && known ? [known] : [];
  if (n >= 2) {
    const variance = sum(slopes.map((one) => (one - slope) ** 2)) / (n - 1);
    const degrees = quantile === tSeeds ? seedDegrees(n) : n - 1;
    halves.push({ half: quantile(n) * Math.sqrt(variance / n), degrees });
  }
  const means = x.map((_, i) => sum(curves.map((curve) => curve[i])) / n);
  const level = sum(means) / k;
  const residual = sum(means.map((value, i) => (value - level - slope * (x[i] - middle)) ** 2));
  const square = k > 2 ? residual / (k - 2) : null;
  if (square !== null) halves.push({ half: t95(k - 2) * Math.sqrt(square / sxx), degrees: k - 2 });
  const fits =
    square === null || n < 2 ? null : square <= (f95(k - 2, (n - 1) * (k - 2)) * repeated(x, curves)) / n;
  const widest = halves.reduce<(typeof halves)[number] | null>(
    (a, b) => (a && a.half >= b.half ? a : b),
    null,
  );
  const half = fits === false ? Math.hypot(...halves.map((one) => one.half)) : (widest?.half ?? null);
  return {
    slope,
    ci95: half === null ? null : [slope - half, slope + half],
    degrees: fits === false ? Math.min(...halves.map((one) => one.degrees)) : (widest?.degrees ?? null),
    scatter: square === null ? null : Math.sqrt(square),
    fits,
  };
}

/** Variance of one repetition about its own line, less what all repetitions have in common. */
function repeated(x: readonly number[], curves: readonly (readonly number[])[]): number {
  const [k, n] = [x.length, curves.length];
  const middle = sum(x) / k;
  const sxx = sum(x.map((value) => (value - middle) ** 2));
  const residuals = curves.map((y) => {
    const level = sum(y) / k;
    const slope = sum(y.map((value, i) => value * (x[i] - middle))) / sxx;
    return y.map((value, i) => value - level - slope * (x[i] - middle));
  });
  const common = x.map((_, i) => sum(residuals.map((one) => one[i])) / n);
  return (
    sum(residuals.flatMap((one) => one.map((value, i) => (value - common[i]) ** 2))) / ((n - 1) * (k - 2))
  );
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

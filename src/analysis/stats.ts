// The little statistics that intervals need: means, standard deviations and Student's t.
import jstat from 'jstat';

export type Interval = [lo: number, hi: number];

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** Sample standard deviation (n - 1); null for fewer than two values, where it is unknown rather than zero. */
export function sd(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const m = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - m) ** 2, 0) / (values.length - 1));
}

/** Two-sided 95% quantile of Student's t, e.g. 4.303 for 2 degrees of freedom. */
export function t95(degrees: number): number {
  return jstat.jStat.studentt.inv(0.975, degrees);
}

/** 95% Student-t interval of the mean; null for fewer than two values. */
export function tInterval(values: readonly number[]): Interval | null {
  const s = sd(values);
  if (s === null) return null;
  const half = (t95(values.length - 1) * s) / Math.sqrt(values.length);
  const m = mean(values);
  return [m - half, m + half];
}

/** 95% interval of mean(a) - mean(b) for unpaired samples of unequal variance (Welch); null if either has one value. */
export function welchInterval(a: readonly number[], b: readonly number[]): Interval | null {
  const sa = sd(a);
  const sb = sd(b);
  if (sa === null || sb === null) return null;
  const [va, vb] = [sa ** 2 / a.length, sb ** 2 / b.length];
  const difference = mean(a) - mean(b);
  if (va + vb === 0) return [difference, difference];
  const degrees = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  const half = t95(degrees) * Math.sqrt(va + vb);
  return [difference - half, difference + half];
}

/** Least-squares line through the points; the interval of the slope (n - 2 degrees of freedom) needs three. */
export function slope(
  points: readonly { x: number; y: number }[],
): { slope: number; ci95: Interval | null } | null {
  if (points.length < 2) return null;
  const mx = mean(points.map((p) => p.x));
  const my = mean(points.map((p) => p.y));
  const sxx = points.reduce((sum, p) => sum + (p.x - mx) ** 2, 0);
  if (sxx === 0) return null;
  const b = points.reduce((sum, p) => sum + (p.x - mx) * (p.y - my), 0) / sxx;
  if (points.length < 3) return { slope: b, ci95: null };
  const residual = points.reduce((sum, p) => sum + (p.y - my - b * (p.x - mx)) ** 2, 0);
  const half = t95(points.length - 2) * Math.sqrt(residual / (points.length - 2) / sxx);
  return { slope: b, ci95: [b - half, b + half] };
}

// The little statistics that intervals need: means, standard deviations, and differences of means.
import { t95 } from '../core/student.ts';

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

/** 95% Student-t interval of the mean; null for fewer than two values. */
export function tInterval(values: readonly number[]): Interval | null {
  const s = sd(values);
  if (s === null) return null;
  const half = (t95(values.length - 1) * s) / Math.sqrt(values.length);
  const m = mean(values);
  return [m - half, m + half];
}

/** 95% interval of mean(a) - mean(b) for unpaired samples of unequal variance (Welch); null if either has one value. */
export const welchInterval = (a: readonly number[], b: readonly number[]): Interval | null =>
  welchSum([
    { weight: 1, values: a },
    { weight: -1, values: b },
  ]);

/**
 * 95% interval of a weighted sum of means of independent samples, degrees of freedom after Welch and Satterthwaite; null if any of
 * them has one value.
 */
export function welchSum(samples: readonly { weight: number; values: readonly number[] }[]): Interval | null {
  const parts = samples.map(({ weight, values }) => ({
    variance: (weight * (sd(values) ?? Number.NaN)) ** 2 / values.length,
    degrees: values.length - 1,
  }));
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  if (Number.isNaN(variance)) return null;
  const sum = samples.reduce((total, { weight, values }) => total + weight * mean(values), 0);
  if (variance === 0) return [sum, sum];
  const degrees = variance ** 2 / parts.reduce((total, part) => total + part.variance ** 2 / part.degrees, 0);
  const half = t95(degrees) * Math.sqrt(variance);
  return [sum - half, sum + half];
}

/**
 * Whether a mean can stand under a ratio: it is above 0, and so is its whole 95% interval where there are several values. A ratio over
 * anything else is not defined: near zero it is any number, below zero its sign is turned round.
 */
export function isClearlyPositive(values: readonly number[]): boolean {
  const interval = tInterval(values);
  return values.length > 0 && mean(values) > 0 && (interval === null || interval[0] > 0);
}

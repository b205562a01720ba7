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

/**
 * Whether a mean can stand under a ratio: it is above 0, and so is its whole 95% interval where there are several values. A ratio over
 * anything else is not defined: near zero it is any number, below zero its sign is turned round.
 */
export function isClearlyPositive(values: readonly number[]): boolean {
  const interval = tInterval(values);
  return values.length > 0 && mean(values) > 0 && (interval === null || interval[0] > 0);
}

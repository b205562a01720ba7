// The little statistics that intervals need: means, standard deviations, and differences of means.
import { seedDegrees, t95, tSeeds } from '../core/student.ts';

export type Interval = [lo: number, hi: number];

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/**
 * Sample standard deviation (n - 1); null for fewer than two values, where it is unknown rather than zero.
 */
export function sd(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const m = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - m) ** 2, 0) / (values.length - 1));
}

/**
 * 95% interval of a mean over seeds, by Student's t with at most two degrees of freedom;
 * null for fewer than two values.
 */
export function tInterval(values: readonly number[]): Interval | null {
  const s = sd(values);
  if (s === null) return null;
  const half = (tSeeds(values.length) * s) / Math.sqrt(values.length);
  const m = mean(values);
  return [m - half, m + half];
}

/**
 * The same of mean(a) - mean(b) for unpaired samples of unequal variance (Welch);
 * null if either has one value.
 */
export const welchInterval = (a: readonly number[], b: readonly number[]): Interval | null =>
  welchSum([
    { weight: 1, values: a },
    { weight: -1, values: b },
  ])?.ci95 ?? null;

/** A 95% interval by Student's t, and its degrees of freedom. */
export interface TInterval {
  ci95: Interval;
  degrees: number;
}

/** `tInterval` with its degrees of freedom. */
export function seedsInterval(values: readonly number[]): TInterval | null {
  const ci95 = tInterval(values);
  return ci95 && { ci95, degrees: seedDegrees(values.length) };
}

/**
 * The same of a weighted sum of means of independent samples, degrees of freedom
 * after Welch and Satterthwaite and at most two; null if any of them has one value.
 */
export function welchSum(
  samples: readonly { weight: number; values: readonly number[] }[],
): TInterval | null {
  const parts = samples
    .filter(({ weight }) => weight !== 0)
    .map(({ weight, values }) => ({
      variance: (weight * (sd(values) ?? Number.NaN)) ** 2 / values.length,
      degrees: values.length - 1,
    }));
  const sum = samples.reduce((total, { weight, values }) => total + weight * mean(values), 0);
  return around(sum, parts);
}

/** The same of a weighted sum of independent estimates, each with an interval; null if one has none. */
export function sumOfIntervals(
  terms: readonly { weight: number; estimate: number; interval: TInterval | null }[],
): TInterval | null {
  const parts = terms
    .filter(({ weight }) => weight !== 0)
    .map(({ weight, interval }) => {
      if (!interval) return { variance: Number.NaN, degrees: 1 };
      const error = (interval.ci95[1] - interval.ci95[0]) / 2 / t95(interval.degrees);
      return { variance: (weight * error) ** 2, degrees: interval.degrees };
    });
  return around(
    terms.reduce((sum, { weight, estimate }) => sum + weight * estimate, 0),
    parts,
  );
}

/** Degrees of freedom after Welch and Satterthwaite, at most two. */
function around(sum: number, parts: readonly { variance: number; degrees: number }[]): TInterval | null {
  const variance = parts.reduce((total, part) => total + part.variance, 0);
  if (Number.isNaN(variance)) return null;
  if (variance === 0) return { ci95: [sum, sum], degrees: 2 };
  const welch = variance ** 2 / parts.reduce((total, part) => total + part.variance ** 2 / part.degrees, 0);
  const degrees = Math.min(2, welch);
  const half = t95(degrees) * Math.sqrt(variance);
  return { ci95: [sum - half, sum + half], degrees };
}

/**
 * How far an effect may lie below and above what it seems, since another learning
 * rate may be the best of a cell; in its unit.
 */
export interface RateDoubt {
  down: number;
  up: number;
}

/**
 * Of a weighted sum of tuned losses. `doubt`: by how much the loss of a cell may be lower than
 * that of the chosen rate (choice.ts). Cells are doubted independently, so that doubts add up as squares.
 */
export const choiceOf = (terms: readonly { weight: number; doubt: number | null }[]): RateDoubt => {
  const moved = terms.map(({ weight, doubt }) => weight * (doubt ?? 0));
  return {
    down: Math.hypot(...moved.filter((x) => x > 0)),
    up: Math.hypot(...moved.filter((x) => x < 0)),
  };
};

/** The same for a weighted sum of effects: a negative weight turns an effect round. */
export const slopeChoice = (
  effects: readonly (readonly [weight: number, choice: RateDoubt])[],
): RateDoubt => ({
  down: Math.hypot(...effects.map(([weight, { down, up }]) => weight * (weight > 0 ? down : up))),
  up: Math.hypot(...effects.map(([weight, { down, up }]) => weight * (weight > 0 ? up : down))),
});

/** An interval of the seeds that counts the choice of learning rates as well: both add up as squares. */
export const withChoice = (
  ci95: Interval | null,
  estimate: number,
  { down, up }: RateDoubt,
): Interval | null =>
  ci95 && [estimate - Math.hypot(estimate - ci95[0], down), estimate + Math.hypot(ci95[1] - estimate, up)];

/**
 * Seeds on different plateaus: two groups, the lower first, further apart than `least`
 * and than twice the range of either. Null where the values are one group.
 */
export function plateaus(values: readonly number[], least: number): [number[], number[]] | null {
  const sorted = values.toSorted((a, b) => a - b);
  const steps = sorted.slice(1).map((x, i) => x - sorted[i]);
  const widest = Math.max(...steps);
  const at = steps.indexOf(widest) + 1;
  if (values.length < 3 || widest <= least) return null;
  const groups: [number[], number[]] = [sorted.slice(0, at), sorted.slice(at)];
  const isApart = groups.every((group) => widest > 2 * (group[group.length - 1] - group[0]));
  return isApart ? groups : null;
}

/**
 * Whether a mean can stand under a ratio: it is above 0, and so is its whole 95%
 * interval where there are several values. A ratio over anything else is not defined:
 * near zero it is any number, below zero its sign is turned round.
 */
export function isClearlyPositive(values: readonly number[]): boolean {
  const interval = tInterval(values);
  return values.length > 0 && mean(values) > 0 && (interval === null || interval[0] > 0);
}

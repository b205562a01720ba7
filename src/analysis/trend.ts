// How effects change along a line, such as gaps over batch sizes, and how well that is known: one rule for
// every trend.
import { fitLine, type Line } from '../core/line.ts';
import { tSeeds } from '../core/student.ts';
import { mean, type RateDoubt, slopeChoice, sumOfIntervals, type TInterval, withChoice } from './stats.ts';

export interface TrendPoint {
  x: number;
  effect: number;
  /** The effect at each seed at which it is one. */
  bySeed: ReadonlyMap<number, number>;
  /** Null where one seed leaves the uncertainty unknown. */
  ofSeeds: TInterval | null;
  choice: RateDoubt;
}

export interface Trend extends Line {
  /** Of each point in the slope. */
  weights: number[];
  /** Those that have the whole line; undefined where points have seeds of their own. */
  seeds: number | undefined;
  /** What the interval was made from, in words. */
  how: string;
}

/** Weights of the least-squares slope through points at `x`. */
export function slopeWeights(x: readonly number[]): number[] {
  const middle = mean(x);
  const spread = x.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return x.map((value) => (value - middle) / spread);
}

/**
 * The slope through the curves of the seeds that all points have, where there are two; else through the
 * effects, whose own intervals then say how well it is known. Both count how far the points lie off a
 * straight line, and the choice of learning rates. Null with fewer than two different x.
 */
export function trend(points: readonly TrendPoint[]): Trend | null {
  if (points.length === 0) return null;
  const x = points.map((point) => point.x);
  const weights = slopeWeights(x);
  const common = [...points[0].bySeed.keys()].filter((seed) =>
    points.every(({ bySeed }) => bySeed.has(seed)),
  );
  const isRepeated = common.length >= 2;
  const apart = sumOfIntervals(
    points.map(({ effect, ofSeeds }, i) => ({ weight: weights[i], estimate: effect, interval: ofSeeds })),
  );
  const line = fitLine(
    x,
    isRepeated
      ? common.map((seed) => points.map(({ bySeed }) => bySeed.get(seed)!))
      : [points.map(({ effect }) => effect)],
    tSeeds,
    apart && { half: (apart.ci95[1] - apart.ci95[0]) / 2, degrees: apart.degrees },
  );
  if (!line) return null;
  const choice = slopeChoice(points.map((point, i) => [weights[i], point.choice] as const));
  const seeds = isRepeated ? `${common.length} seeds` : apart ? 'the intervals of the gaps' : null;
  const scatter = points.length > 2 || seeds === null ? 'the scatter about a straight line' : null;
  return {
    ...line,
    ci95: withChoice(line.ci95, line.slope, choice),
    weights,
    seeds: isRepeated ? common.length : apart ? undefined : 1,
    how: `from ${[seeds, scatter].filter((part) => part !== null).join(' and ')}`,
  };
}

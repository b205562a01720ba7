// Powers of the batch size: exponents with their intervals, from repeated measurements
// or from a single curve.
import { fitLine } from '../core/line.ts';

export interface Exponent {
  exponent: number;
  /** 95% interval; null when it cannot be known (one repetition, or two points). */
  ci95: [number, number] | null;
  /**
   * False where the curve is further from a power than repetitions explain; null where that cannot be told.
   */
  fits: boolean | null;
  /** Smallest and largest batch size of the fit, and how many. */
  from: number;
  to: number;
  points: number;
}

type Point = { x: number; y: number };

/**
 * Exponent of y ~ x^a: the slope of log y over log x, from repetitions of the whole curve at the same x.
 * Its interval counts how the repetitions differ, and how far the curve is from a power (core/line.ts).
 * Null with fewer than two points, and where a value is not above zero: it has no logarithm, and leaving
 * it out would make a steeper curve of the rest. `quantile` is for repetitions that are not seeds of runs.
 */
export function exponentOverRepetitions(
  curves: readonly (readonly Point[])[],
  quantile?: (repetitions: number) => number,
): Exponent | null {
  if (curves.length === 0 || curves.flat().some(({ x, y }) => !(x > 0 && y > 0))) return null;
  const line = fitLine(
    curves[0].map(({ x }) => Math.log(x)),
    curves.map((curve) => curve.map(({ y }) => Math.log(y))),
    quantile,
  );
  return line && { exponent: line.slope, ci95: line.ci95, fits: line.fits, ...rangeOf(curves[0]) };
}

/** The same of one measured curve: the interval is that of the residuals about the line. */
export const exponentOfCurve = (points: readonly Point[]): Exponent | null =>
  exponentOverRepetitions([points]);

function rangeOf(points: readonly Point[]): { from: number; to: number; points: number } {
  const sizes = points.map(({ x }) => x);
  return { from: Math.min(...sizes), to: Math.max(...sizes), points: sizes.length };
}

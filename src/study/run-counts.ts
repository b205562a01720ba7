// How many runs a cell of a study takes, and sums of that: least, usual and most.
import { tuningOf } from '../analysis/tuning.ts';
import type { Draft } from './resolve.ts';
import { usualPoints } from './tuner.ts';

/**
 * A search has a least, a usual and a greatest number of points: least, usual and most
 * of whatever follows from that.
 */
export interface CountRange {
  min: number;
  expected: number;
  max: number;
}

export const ends = ['min', 'expected', 'max'] as const;
export const nothing = (): CountRange => ({ min: 0, expected: 0, max: 0 });
/** Adds `each` for every run. */
export const addRuns = (to: CountRange, runs: CountRange, each: number) => {
  for (const kind of ends) to[kind] += runs[kind] * each;
};

/** The runs of a whole study of which `made` are there and others are left. */
export const withLeft = (made: number, left: CountRange) => ({
  runs: { min: made + left.min, expected: made + left.expected, max: made + left.max },
  ...{ made, left },
});

/**
 * Runs of one cell: the searches of every combination, further tuning seeds of the last candidates,
 * fresh seeds of the winner.
 */
export function runsOf(
  draft: Pick<Draft, 'optimizers' | 'seeds' | 'maxPoints' | 'tuner'>,
  label: string,
): CountRange {
  const { axes, lr } = draft.optimizers[label];
  const searches = Object.values(axes).reduce((n, values) => n * values.length, 1);
  const { fresh } = draft.seeds;
  const { probe, halve, seeds, candidates } = tuningOf(draft);
  const points =
    lr.kind === 'grid'
      ? { min: lr.values.length, expected: lr.values.length, max: lr.values.length }
      : {
          // Divergence just above the best leaves nothing to look for there.
          min: 3 + probe + 2 * halve,
          expected: usualPoints(draft),
          // Halving may go on around a second minimum as well.
          max: draft.maxPoints + 2 * probe + 4 * halve,
        };
  const settings = (kind: keyof CountRange) => searches * points[kind];
  // The best of another minimum may be one more; with one setting there is nothing to choose.
  const contest = (kind: keyof CountRange, most: number) =>
    settings(kind) > 1 ? Math.min(most, settings(kind)) * (seeds - 1) : 0;
  return {
    // The first round may tell all of them apart.
    min: settings('min') + (seeds > 1 ? contest('min', candidates) / (seeds - 1) : 0) + fresh,
    expected: settings('expected') + contest('expected', candidates) + fresh,
    max: settings('max') + contest('max', candidates + 1) + fresh,
  };
}

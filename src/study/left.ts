// What is left of a study: the runs that it usually takes, less those that are there already.
import type { CellKey } from '../analysis/frontier.ts';
import { cellKey } from '../analysis/rows.ts';
import type { RunResult } from '../store/schemas.ts';
import type { Plan } from './plan.ts';
import type { CountRange } from './run-counts.ts';

export interface Left {
  /** Runs that are there. A run of two arms counts once. */
  made: number;
  /** Runs of a cell that are still to be made, of `whole` that it takes from the beginning. */
  of(cell: CellKey, whole: CountRange): CountRange;
}

/** Of a study that has not begun. */
export const allLeft: Left = { made: 0, of: (_, whole) => whole };

/** `results` by id, of the runs that `plan` has reached. A failed run is made again, so it is not there. */
export function leftOf({ cells }: Plan, results: ReadonlyMap<string, Pick<RunResult, 'status'>>): Left {
  const isMade = ({ id }: { id: string }) => results.has(id) && results.get(id)!.status !== 'failed';
  const made = new Set(cells.flatMap(({ runs }) => runs.filter(isMade).map(({ id }) => id)));
  const byKey = new Map(cells.map((cell) => [cellKey(cell), cell]));
  return {
    made: made.size,
    of(key, whole) {
      const cell = byKey.get(cellKey(key))!;
      const there = cell.runs.filter(isMade).length;
      if (there === 0) return whole;
      const reached = cell.runs.length;
      const isChosen = cell.state === 'seeds' || cell.state === 'done';
      const min = (isChosen ? reached : Math.max(reached, whole.min)) - there;
      // Where the search stands is a better guess than what is usual.
      const expected = isChosen ? min : Math.max(min, cell.expected - there);
      return { min, expected, max: isChosen ? min : Math.max(expected, whole.max - there) };
    },
  };
}

// The cells of a plan as they were at the plan before. A cell follows from the study,
// from where the searches at the neighbouring batch size ended, and from the losses that it asks for:
// as long as those are the same, it is the same.
import type { FrozenStudy } from '../store/schemas.ts';
import type { PointValue } from './bracket.ts';
import type { CellState, RunRequest } from './plan.ts';
import type { LossOf, Starts } from './search.ts';

/** A cell, and where the searches at the next batch size begin. */
export interface Planned {
  cell: CellState;
  starts: Starts;
}

interface RememberedPlan extends Planned {
  from: Starts;
  /** Every loss that was asked for, in that order. */
  asked: { run: RunRequest; loss: PointValue }[];
}

/** A frozen study is never changed in place. Cells by their place in its plan. */
const memories = new WeakMap<FrozenStudy, RememberedPlan[]>();

/**
 * What `work` gives for cell number `at`, without doing it again when nothing that it asked for has changed.
 * `work` may depend on nothing but the study, `at`, `from` and the losses that it is given.
 */
export function remembered(
  study: FrozenStudy,
  at: number,
  from: Starts,
  lossOf: LossOf,
  work: (lossOf: LossOf) => Planned,
): Planned {
  let cells = memories.get(study);
  if (!cells) memories.set(study, (cells = []));
  const known = cells[at];
  if (known && isSame(known.from, from) && known.asked.every(({ run, loss }) => lossOf(run) === loss))
    return known;
  const asked = new Map<string, RememberedPlan['asked'][number]>();
  const planned = work((run) => {
    let answer = asked.get(run.id);
    if (!answer) asked.set(run.id, (answer = { run, loss: lossOf(run) }));
    return answer.loss;
  });
  // Later plans give the same objects again, so nobody may change them.
  Object.freeze(planned.cell);
  Object.freeze(planned.cell.runs);
  cells[at] = { ...planned, from, asked: [...asked.values()] };
  return planned;
}

const isSame = (a: Starts, b: Starts) => a.length === b.length && a.every((start, i) => start === b[i]);

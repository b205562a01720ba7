// Batch-size schedules: small batches first, growing to the run's batch size. A new shape is one entry here.
import { UserError } from '../core/errors.ts';

/** The part of a run's config that `batchAt` reads. */
export interface BatchSchedule {
  /** Name in `batchSchedules`. */
  name: string;
  /** Sequences of the first step. */
  from: number;
  /** Sequences over which the batch grows; from there on it is the run's. */
  sequences: number;
}

export interface BatchScheduleDef {
  name: string;
  summary: string;
  /** Equation or arXiv number. */
  source: string;
  /**
   * Sequences of a step that begins at `progress` (0 to 1) of the growth; rounded down,
   * and kept within from..to, by the caller.
   */
  size(progress: number, at: { from: number; to: number }): number;
}

export const batchSchedules: Record<string, BatchScheduleDef> = {
  doubling: {
    name: 'doubling',
    summary: 'from, 2 from, 4 from, ..., each for the same number of sequences',
    source: 'arXiv 1711.00489 (growing the batch in place of lowering the rate), in powers of two',
    size(progress, { from, to }) {
      const doublings = Math.ceil(Math.log2(to / from));
      return from * 2 ** Math.floor(progress * doublings);
    },
  },
  linear: {
    name: 'linear',
    summary: 'growing in proportion to the sequences seen',
    source: 'GPT-3, arXiv 2005.14165, section 2.3 and appendix B',
    size: (progress, { from, to }) => from + progress * (to - from),
  },
};

/** The batch schedule of that name. Throws UserError, listing the names, when there is none. */
export function batchSchedule(name: string): BatchScheduleDef {
  if (!Object.hasOwn(batchSchedules, name))
    throw new UserError(
      `unknown batch schedule "${name}": choose one of ${Object.keys(batchSchedules).join(', ')}`,
    );
  return batchSchedules[name];
}

export interface BatchPlan {
  /** Sequences before step `step` (from 0), and of it. */
  at(step: number): { first: number; size: number };
  /**
   * The most steps that together see no more than `sequences` sequences. None, if
   * the first is larger than that.
   */
  steps(sequences: number): number;
}

/**
 * Which sequences of the run each step takes. Without a schedule step s takes s * batchSize and
 * the following. The sequences themselves do not depend on it: sequence k is the same in every run of a seed.
 * Any step can be asked for at any time. Throws UserError for a schedule that does not grow.
 */
export function batchPlan(batchSize: number, schedule?: BatchSchedule): BatchPlan {
  let plan = schedule && plans.get(schedule);
  if (plan?.batchSize !== batchSize) plan = { batchSize, ...makePlan(batchSize, schedule) };
  if (schedule) plans.set(schedule, plan);
  return plan;
}

/** Asked for at every step of a run, with one and the same schedule. */
const plans = new WeakMap<BatchSchedule, BatchPlan & { batchSize: number }>();

function makePlan(batchSize: number, schedule?: BatchSchedule): BatchPlan {
  // First sequence of each step of the growth, and of the step after it.
  const firsts = [0];
  if (schedule) {
    const { from, sequences } = schedule;
    const def = batchSchedule(schedule.name);
    if (from > batchSize)
      throw new UserError(
        `batchSchedule: it grows from ${from} sequences, but the batch size is ${batchSize}`,
      );
    for (let seen = 0; seen < sequences; firsts.push(seen)) {
      const size = Math.floor(def.size(seen / sequences, { from, to: batchSize }));
      seen += Math.min(batchSize, Math.max(from, size));
    }
  }
  const growth = firsts.length - 1;
  const grown = firsts[growth];
  return {
    at: (step) =>
      step < growth
        ? { first: firsts[step], size: firsts[step + 1] - firsts[step] }
        : { first: grown + (step - growth) * batchSize, size: batchSize },
    steps(sequences) {
      if (sequences >= grown) return growth + Math.floor((sequences - grown) / batchSize);
      return firsts.findIndex((first) => first > sequences) - 1;
    },
  };
}

// What every step of a run takes, computed beforehand: learning rate, sequences,
// and the uniforms of the rule. Schedules and half-lives are then the same numbers wherever a run is trained.
import { writeFileSync } from 'node:fs';
import { batchPlan } from '../optim/batch-schedules.ts';
import { optimizer } from '../optim/registry.ts';
import { LR } from '../optim/rule.ts';
import { lrAt } from '../optim/schedules.ts';
import { squaresWanted } from '../runtime/squares.ts';
import type { RunConfig } from '../train/config.ts';

export interface PlanJson {
  /** float64 numbers, a row for each step. */
  file: string;
  columns: string[];
  /** Uniforms that are the same in every step. */
  constants: Record<string, number>;
}

/** Names that no rule can have. */
const FIRST = '@first';
const SIZE = '@size';

export function writePlan(file: string, config: RunConfig): PlanJson {
  const { steps, lr: peak, schedule, batchSize, batchSchedule, model } = config;
  const { name, hyper } = config.optimizer;
  const def = optimizer(name);
  const batches = batchPlan(batchSize, batchSchedule);
  const squares = squaresWanted(def, hyper);
  const numbersAt = (step: number): Record<string, number> => {
    const { first, size } = batches.at(step);
    const lr = lrAt(schedule, peak, step, steps);
    const tokens = { seen: first * model.seqLen, now: size * model.seqLen };
    const microBatches = squares && size / squares.sequences;
    return {
      ...{ [FIRST]: first, [SIZE]: size, [LR]: lr },
      ...def.scalars({ lr, step, hyper, tokens, microBatches }),
    };
  };
  const begin = numbersAt(0);
  const changing = new Set([FIRST, SIZE, LR]);
  for (let step = 1; step < steps; step++) {
    const now = numbersAt(step);
    for (const key in now) if (!Object.is(now[key], begin[key])) changing.add(key);
  }
  const columns = Object.keys(begin).filter((key) => changing.has(key));
  const table = new Float64Array(steps * columns.length);
  for (let step = 0, at = 0; step < steps; step++) {
    const now = numbersAt(step);
    for (const key of columns) table[at++] = now[key];
  }
  writeFileSync(file, table);
  const constants = Object.fromEntries(Object.entries(begin).filter(([key]) => !changing.has(key)));
  return { file, columns, constants };
}

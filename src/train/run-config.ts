// The one place where a run's configuration is put together, for studies, the command
// line and programs alike.
import { defaultMicroBatch } from '../runtime/micro-batch.ts';
import { type Growth, lengthOf, type RunBudget } from './budget.ts';
import type { ProbeConfig, RunConfig } from './config.ts';

/** How often a probe measures: every so many steps, or so many times in a run. */
export type ProbePace = { every: number } | { times: number };

/** A run as it is asked for, names and hyperparameters resolved. */
export interface RunWish
  extends Omit<RunConfig, 'schema' | 'batchSchedule' | 'microBatch' | 'steps' | 'probes'> {
  budget: RunBudget;
  growth?: Growth;
  /** Sequences in memory at once, at most; left out: as many as are fast and fit. */
  microBatch?: number;
  probes?: (Omit<ProbeConfig, 'every'> & { pace: ProbePace })[];
}

/**
 * The configuration of the run. A pure function, so that equal wishes are runs of one id. Throws UserError as
 * `lengthOf` does.
 */
export function runConfigOf({ budget, growth, microBatch, probes = [], ...wish }: RunWish): RunConfig {
  const { model, data, optimizer, lr, schedule, clip, batchSize, seed, dtype, eval: evaluation } = wish;
  const { steps, batchSchedule } = lengthOf(budget, { batchSize, seqLen: model.seqLen, growth });
  return {
    schema: 1,
    model,
    data,
    optimizer,
    lr,
    schedule,
    clip,
    batchSize,
    ...(batchSchedule ? { batchSchedule } : {}),
    ...(dtype ? { dtype } : {}),
    microBatch: Math.min(microBatch ?? defaultMicroBatch(model, batchSize), batchSize),
    steps,
    seed,
    eval: evaluation,
    ...(probes.length > 0
      ? { probes: probes.map(({ pace, ...probe }) => ({ ...probe, every: everyOf(pace, steps) })) }
      : {}),
  };
}

const everyOf = (pace: ProbePace, steps: number): number =>
  'every' in pace ? pace.every : Math.max(1, Math.round(steps / pace.times));

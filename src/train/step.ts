// One optimizer step, the same on every platform: batch, learning rate, gradient,
// check for divergence, update.
import type { Sampler } from '../data/sampler.ts';
import { exampleWidth } from '../model/objectives/registry.ts';
import { batchPlan } from '../optim/batch-schedules.ts';
import { lrAt } from '../optim/schedules.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunConfig } from './config.ts';
import { checkDivergence, type DivergenceState } from './divergence.ts';

export interface StepRecord {
  /** Step number from 0; the parameters are those after it. */
  step: number;
  lr: number;
  /** Mean loss of the batch before the update. */
  loss: number;
  /** Norm of the gradient before clipping. */
  gradNorm: number;
  batch: Int32Array;
}

/** Where a run stands. */
export interface StepState extends DivergenceState {
  /** Steps taken. */
  step: number;
  /** Why the run counts as diverged, once it does. */
  reason?: string;
}

/** What a step reads of a run's configuration. */
type StepConfig = Pick<
  RunConfig,
  'model' | 'lr' | 'schedule' | 'clip' | 'batchSize' | 'batchSchedule' | 'steps'
>;

/** The sequences of a step, read into `batch`, and which of the run they are. */
export function readBatch(
  sampler: Pick<Sampler, 'sequence'>,
  { model, batchSize, batchSchedule }: Pick<StepConfig, 'model' | 'batchSize' | 'batchSchedule'>,
  step: number,
  batch: Int32Array,
): { sequences: Int32Array; first: number; size: number } {
  const { first, size } = batchPlan(batchSize, batchSchedule).at(step);
  const width = exampleWidth(model);
  const sequences = batch.subarray(0, size * width);
  for (let i = 0; i < size; i++) sampler.sequence(first + i, sequences.subarray(i * width, (i + 1) * width));
  return { sequences, first, size };
}

/**
 * Takes step `state.step` and counts it; `batch` is room for the sequences. When the run has diverged,
 * `state.reason` says why; without a finite loss and gradient nothing is applied
 * (the parameters stay those of the last good step) and nothing returned.
 */
export async function takeStep(
  engine: Engine,
  sampler: Pick<Sampler, 'sequence'>,
  config: StepConfig,
  state: StepState,
  batch: Int32Array,
): Promise<(StepRecord & { clipped: boolean }) | undefined> {
  const { model, steps, clip } = config;
  const { step } = state;
  const { sequences, first, size } = readBatch(sampler, config, step, batch);
  const lr = lrAt(config.schedule, config.lr, step, steps);
  const loss = await engine.gradient(sequences, size);
  const norm = engine.gradNorm();
  state.reason = checkDivergence(state, { loss, gradNorm: norm, step, steps, model });
  if (state.reason && !(Number.isFinite(loss) && Number.isFinite(norm))) return undefined;
  const tokens = { seen: first * model.seqLen, now: size * model.seqLen };
  const { gradNorm, clipped } = engine.update({ lr, step, clip, tokens });
  state.step++;
  return { step, lr, loss, gradNorm, clipped, batch: sequences };
}

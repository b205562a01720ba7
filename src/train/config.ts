// The full configuration of one training run: the zod schema is the source of `config.json`
// and of the run's id.
import * as z from 'zod';
import { modelConfig } from '../model/config.ts';

/** Which optimizer, with every hyperparameter but the learning rate resolved. */
export const optimizerConfig = z.strictObject({
  /** Name in the optimizer registry (`src/optim/registry.ts`). */
  name: z.string(),
  /** Hyperparameters by name, e.g. `{momentum: 0.95, dampening: 0, nesterov: 0, weightDecay: 0}`. */
  hyper: z.record(z.string(), z.number()),
});

export const scheduleConfig = z.strictObject({
  /** Name in the schedule registry: cosine | constant | wsd | linear. */
  name: z.string(),
  /** Share of the steps spent on linear warmup. The paper uses 10%. */
  warmup: z.number().min(0).max(1),
  /**
   * Final learning rate as a fraction of the peak (a fraction, so that it means
   * the same for every optimizer).
   */
  final: z.number().min(0).max(1),
  /** WSD only: share of the steps spent on the final decay. */
  decay: z.number().min(0).max(1).optional(),
});

/** A probe measured while a run trains. */
export const probeConfig = z.strictObject({
  /** Name in the probe registry (`src/train/probes/registry.ts`). */
  name: z.string(),
  /** Steps between measurements; the first is before training, the last after it. */
  every: z.int().positive(),
  /** Options of the probe; the registry's defaults for those left out. */
  options: z.record(z.string(), z.number()),
  /** Optimizers whose updates are compared with the run's own; all of the registry when absent. */
  optimizers: z.array(z.string()).optional(),
});

export const batchScheduleConfig = z.strictObject({
  /** Name in the batch schedule registry: doubling | linear. */
  name: z.string(),
  /** Sequences of the first step. */
  from: z.int().positive(),
  /** Sequences over which the batch grows to `batchSize`. */
  sequences: z.int().positive(),
});

export const runConfig = z.strictObject({
  schema: z.literal(1),
  model: modelConfig,
  data: z.strictObject({
    /** Name shown to people, e.g. `sotu`. */
    corpus: z.string(),
    /** SHA-256 of tokenizer and shards (hex): the identity of the prepared data. */
    fingerprint: z.string(),
  }),
  optimizer: optimizerConfig,
  /** Peak learning rate. */
  lr: z.number().positive(),
  schedule: scheduleConfig,
  /** Global gradient-norm clip, applied before momentum; null switches it off. */
  clip: z.number().positive().nullable(),
  /** Sequences per optimizer step. */
  batchSize: z.int().positive(),
  /** Smaller batches first; absent: every step has `batchSize`. */
  batchSchedule: batchScheduleConfig.optional(),
  /** Sequences per micro-batch; gradients of a step are accumulated over batchSize / microBatch pieces. */
  microBatch: z.int().positive(),
  /**
   * Numbers that products of matrices are computed with; absent: float32. Another
   * trainer's (docs/large-models.md).
   */
  dtype: z.literal('bfloat16').optional(),
  /** Optimizer steps. */
  steps: z.int().positive(),
  /** Seed of initialisation and data order. */
  seed: z.int().nonnegative(),
  eval: z.strictObject({
    /**
     * Validation tokens per evaluation (windows spread evenly over the validation shard; at most all of it).
     */
    tokens: z.int().positive(),
    /** Steps between evaluations; 0 = only at the end. */
    every: z.int().nonnegative(),
  }),
  /** Absent in a run without probes, whose id is then that of the run alone. */
  probes: z.array(probeConfig).min(1).optional(),
});

export type RunConfig = z.infer<typeof runConfig>;
export type OptimizerConfig = z.infer<typeof optimizerConfig>;
export type ScheduleConfig = z.infer<typeof scheduleConfig>;
export type ProbeConfig = z.infer<typeof probeConfig>;

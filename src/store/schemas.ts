// The files of a study as zod schemas: the source of truth for study.json, result.json and summary.json.
import { z } from 'zod';
import { type ModelConfig, modelConfig } from '../model/config.ts';
import { labSpec } from '../theory/specs/registry.ts';
import { batchScheduleConfig, probeConfig, scheduleConfig } from '../train/config.ts';
import { scriptConfig } from '../train/script-config.ts';

const hyper = z.record(z.string(), z.number());

/**
 * Learning rates of an arm: `bracket` follows the optimum on the grid guess * ratio^k,
 * `grid` tries given values.
 */
export const lrSearch = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('bracket'),
    /** Peak lr at the first (smallest) batch size; also the anchor of the grid. */
    guess: z.number().positive(),
    /** Factor between neighbours of the grid. */
    ratio: z.number().gt(1),
    /** Guess at batch size B' = best lr at its neighbour B * (B'/B)^carry, snapped to the grid. */
    carry: z.number(),
  }),
  z.strictObject({ kind: z.literal('grid'), values: z.array(z.number().positive()).min(1) }),
]);

/**
 * A script of the user that trains, and how it is spoken to. The folder and the grace are no part of a run.
 */
export const trainerConfig = z.strictObject({
  ...scriptConfig.pick({ command: true, program: true, names: true, metrics: true, guessLoss: true }).shape,
  /** Tokens of a sequence; absent where budgets are in steps. */
  tokensPerSequence: scriptConfig.shape.tokensPerSequence,
  /** What tells its versions apart, and what that came to when the study was begun. */
  version: z.union([
    z.strictObject({ files: z.array(z.string()).min(1) }),
    z.strictObject({ git: z.literal(true) }),
    z.strictObject({ text: z.string() }),
  ]),
  digest: z.string(),
  /** Whether a seed fixes initial weights and the order of the data. */
  paired: z.boolean(),
  /** Where the command runs: an absolute path. */
  folder: z.string(),
  /** Seconds between SIGTERM and SIGKILL. */
  grace: z.number().nonnegative(),
});

/**
 * What is known of a script's model: the tokens of a sequence (1 where only steps are counted),
 * and what losses are counted per.
 */
export const scriptModel = z.strictObject({ seqLen: z.int().positive(), per: z.string() });

/** One arm of a study: an optimizer with everything fixed but what is tuned. */
export const armConfig = z.strictObject({
  /** Name in the optimizer registry; the arm's label is its key in the study. */
  optimizer: z.string(),
  /** Every hyperparameter that is not an axis, defaults filled in. */
  hyper,
  /** Hyperparameters tuned beside the learning rate: name -> values. */
  axes: z.record(z.string(), z.array(z.number()).min(1)),
  lr: lrSearch,
  clip: z.number().positive().nullable(),
  /** Norms of single batch sizes, in place of `clip`. */
  clipAt: z.record(z.string(), z.number().positive()).optional(),
  /** Absent where a script has its own. */
  schedule: scheduleConfig.optional(),
  /** Constant arguments of a script. */
  args: scriptConfig.shape.args.optional(),
  /**
   * Smaller batches first: `over` is the share of the run's sequences in which they grow. Absent: constant.
   */
  batchSchedule: z
    .strictObject({ ...batchScheduleConfig.omit({ sequences: true }).shape, over: z.number().gt(0).max(1) })
    .optional(),
  /** In place of the study's. */
  microBatch: z.int().positive().optional(),
});

/**
 * Runs that other tools made: exactly these belong to the study, and nothing is planned beside them
 * until a script goes on with them.
 */
export const importedRuns = z.strictObject({
  /** The file or folder that was read, its format, and what its names were taken to mean. */
  source: z.string(),
  kind: z.string(),
  mapping: z.record(z.string(), z.unknown()),
  /** Each run, with its name in the tool and the file that it comes from. */
  runs: z.array(
    z.strictObject({
      optimizer: z.string(),
      batchSize: z.int().positive(),
      model: z.string(),
      tokens: z.int().positive(),
      lr: z.number().positive(),
      hyper,
      seed: z.int().nonnegative(),
      name: z.string(),
      where: z.string(),
    }),
  ),
  /** What stood for their trainer before a script went on with them: their ids come from it. */
  trainer: trainerConfig.optional(),
  /** Runs of the source that could not be used, and why. */
  left: z.array(z.strictObject({ name: z.string(), where: z.string(), why: z.string() })),
});

/** Studies of before count the tuning seed among those of a winner, as `final`. */
function countedFresh(seeds: unknown): unknown {
  if (typeof seeds !== 'object' || seeds === null || !('final' in seeds)) return seeds;
  const { final, ...rest } = seeds;
  return typeof final === 'number' ? { ...rest, fresh: final - 1 } : seeds;
}

/** `study.json`: the resolved study, frozen. Every run's config is a pure function of it. */
export const frozenStudy = z.strictObject({
  schema: z.literal(1),
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** Experiment of the paper that the study is about, and which size of it. */
  experiment: z.string().optional(),
  size: z.string().optional(),
  /** Models by label; one entry in most studies. */
  models: z.record(z.string(), z.union([modelConfig, scriptModel])),
  /** Absent where a script has its own. */
  data: z
    .strictObject({ corpus: z.string(), fingerprint: z.string(), vocabSize: z.int().positive() })
    .optional(),
  /** The script that trains, in place of gaplab's models. */
  trainer: trainerConfig.optional(),
  /** Absent in a study that makes its own runs. */
  imported: importedRuns.optional(),
  /** Token budgets per run; one in most studies, none in one that counts steps. */
  tokens: z.array(z.int().positive()),
  /** Budgets in steps: a batch twice as large then sees twice the tokens. */
  steps: z.array(z.int().positive()).optional(),
  /** Sequences per step, ascending. */
  batchSizes: z.array(z.int().positive()).min(1),
  optimizers: z.record(z.string(), armConfig),
  /** Learning rates tried per bracket, at most. */
  maxPoints: z.int().min(3),
  /** How tuning goes beyond a bracket. Absent, as in studies of before: not at all. */
  tuner: z
    .strictObject({
      /** Grid points looked at beyond the neighbours of the best, on each side. */
      probe: z.int().nonnegative(),
      /** How often the distance around the best is halved. */
      halve: z.int().nonnegative(),
      /** Tuning seeds of the last candidates, at most. */
      seeds: z.int().positive(),
      /** How many settings with the least losses are among them. Absent, as in studies of before: two. */
      candidates: z.int().min(2).optional(),
    })
    .optional(),
  seeds: z.preprocess(
    countedFresh,
    z.strictObject({
      /** The seed every point is tuned with. */
      tune: z.int().nonnegative(),
      /** Further seeds of each winner, which measure it: tune + 1, tune + 2, ... */
      fresh: z.int().nonnegative(),
    }),
  ),
  eval: z.strictObject({ tokens: z.int().positive(), every: z.int().nonnegative() }),
  /** Sequences per micro-batch; null: derived from the model (see `runConfigFor`). */
  microBatch: z.int().positive().nullable(),
  /** Arms compared: gap = challenger - baseline. Null with a single arm. */
  baseline: z.string().nullable(),
  challenger: z.string().nullable(),
  /**
   * Probes of the runs: `times` of them spread over a run, or one `every` so many steps. Absent without any.
   */
  probes: z
    .array(
      z.strictObject({
        ...probeConfig.omit({ every: true }).shape,
        pace: z.union([
          z.strictObject({ every: z.int().positive() }),
          z.strictObject({ times: z.int().positive() }),
        ]),
        runs: z.enum(['winners', 'all']),
      }),
    )
    .optional(),
  /** Simulations beside the runs. Absent without any. */
  theory: z.array(labSpec).optional(),
  /** What computes the runs, if not gaplab's own engine, and in which numbers, if not float32. */
  engine: z.literal('torch').optional(),
  dtype: z.literal('bfloat16').optional(),
});

const finished = {
  schema: z.literal(1),
  id: z.string(),
  /** Number of the attempt that published. */
  attempt: z.int().positive(),
  startedAt: z.string(),
  finishedAt: z.string(),
  host: z.string(),
  /** SHA-256 of the attempt's files as it left them, by name. Missing in results of earlier versions. */
  files: z.record(z.string(), z.string()).optional(),
};

/**
 * `result.json` of a run that broke: the program failed, nothing is known about the setting.
 * Retried next time.
 */
export const failedResult = z.object({ ...finished, status: z.literal('failed'), error: z.string() });

/**
 * `result.json` of a run that was judged. Losses in nats per prediction (token, masked token, image);
 * null where a diverged run has none.
 */
export const judgedResult = z.object({
  ...finished,
  status: z.enum(['done', 'diverged']),
  /** Why it diverged. */
  reason: z.string().optional(),
  step: z.int().nonnegative(),
  steps: z.int().positive(),
  tokens: z.number().nonnegative(),
  trainLoss: z.number().nullable(),
  valLoss: z.number().nullable(),
  valBitsPerByte: z.number().nullable(),
  /** Of runs that classify images. */
  valAccuracy: z.number().optional(),
  valTokens: z.number().nonnegative(),
  /** Unknown of a script's run that does not say. */
  paramsSha256: z.string().optional(),
  seconds: z.number().nonnegative(),
  tokensPerSecond: z.number().nonnegative(),
  threads: z.int().positive().optional(),
  /** What computed it, if not gaplab's own engine; in which type of numbers, if not float32. */
  engine: z.string().optional(),
  dtype: z.string().optional(),
  /** Where it was computed, if not on the CPU. */
  device: z.string().optional(),
});

export const runResult = z.discriminatedUnion('status', [judgedResult, failedResult]);

const summaryCell = z.looseObject({
  optimizer: z.string(),
  batchSize: z.number(),
  model: z.string(),
  tokens: z.number(),
  best: z
    .looseObject({
      runId: z.string(),
      lr: z.number(),
      hyper,
      valLoss: z.number(),
      valLossSeeds: z.array(z.number()),
    })
    .nullable(),
  tried: z.number(),
  bracketed: z.boolean(),
});

const summaryGap = z.looseObject({
  batchSize: z.number(),
  baseline: z.string(),
  challenger: z.string(),
  gap: z.number().nullable(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
  seeds: z.number(),
});

/** `summary.json`. Fields may be added, never removed. */
export const studySummary = z.looseObject({
  schema: z.literal(1),
  study: z.string(),
  wallSeconds: z.number(),
  tokensTrained: z.number(),
  cells: z.array(summaryCell),
  gaps: z.array(summaryGap),
  claims: z.array(z.looseObject({ id: z.string(), text: z.string(), verdict: z.string() })),
});

export type LrSearch = z.infer<typeof lrSearch>;
export type ArmConfig = z.infer<typeof armConfig>;
export type FrozenStudy = z.infer<typeof frozenStudy>;
export type TrainerConfig = z.infer<typeof trainerConfig>;
export type StudyModel = FrozenStudy['models'][string];
export type JudgedResult = z.infer<typeof judgedResult>;
export type FailedResult = z.infer<typeof failedResult>;
export type RunResult = z.infer<typeof runResult>;
export type StudySummary = z.infer<typeof studySummary>;

/** A model of gaplab, whose shape is known. */
export const isOwnModel = (model: StudyModel): model is ModelConfig => 'dim' in model;

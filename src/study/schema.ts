// The study file: one schema, every default with its reason.
import { z } from 'zod';
import { modelConfig } from '../model/config.ts';
import { type LabKind, labSpec } from '../theory/specs/registry.ts';
import { scheduleConfig } from '../train/config.ts';

// YAML writes "one or several" either way; inside it is always several.
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).min(1),
  );

/** `adam:` with nothing under it is an arm of defaults. */
const orEmpty = <T extends z.ZodType>(schema: T) => z.preprocess((value) => value ?? {}, schema);

const schedule = z.strictObject({
  // Warmup and cosine are the paper's (arXiv 2506.12543); docs/optimizers.md has the others.
  name: z.string().default('cosine'),
  // 10% of the steps, as in the paper.
  warmup: scheduleConfig.shape.warmup.default(0.1),
  // plainLM ends at lr 1e-5 whatever the peak, about 1% of the paper's Adam rates; as a fraction it means the
  // same for SGD, whose rates are a hundred times larger.
  final: scheduleConfig.shape.final.default(0.01),
  decay: scheduleConfig.shape.decay,
});

const batchSchedule = z.strictObject({
  // Powers of two: each needs a graph of its own while it is smaller than a micro-batch.
  name: z.string().default('doubling'),
  // The smallest batch there is.
  from: z.int().positive().default(1),
  // Share of the run's sequences until the full size is reached; about that of GPT-3 (4 to 12 billion of 300 billion tokens).
  over: z.number().gt(0).max(1).default(0.05),
});

const clipKind = z.object({ kind: z.string() }).catchall(z.number()) as z.ZodType<
  { kind: string } & Record<string, number | string>
>;

// Gradients are clipped to global norm 1 before momentum: the paper does so for every SGD run, without it SGD
// diverges at large batch; plainLM then clips Adam too. null switches it off.
// Other kinds (layer, coordinate, adaptive) are transforms of the optimizer; a list chains them.
const clip = list(
  z.union([z.number().positive().nullable(), clipKind], {
    error: 'must be a norm above 0, null (off), or a kind such as {kind: adaptive, p: .1}',
  }),
);

/** `{sgd: {momentum: .9}}` as `{'sgd.momentum': .9}`: parts of composed optimizers have hyperparameters of their own. */
function flat(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value ?? {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? Object.entries(flat(inner) as object).map(([name, x]) => [`${key}.${name}`, x])
        : [[key, inner]],
    ),
  );
}

const lr = z.strictObject({
  /** Bracket mode: peak lr at the smallest batch size. Default: the registry's for that optimizer. */
  guess: z.number().positive().optional(),
  // Neighbours a factor 2 apart: loss is flat near the optimum, a finer grid costs runs and moves the best loss by
  // less than the seeds do; the paper's own grids double too (sgd .25 .5 1, adam 1e-3 2e-3 4e-3).
  ratio: z.number().gt(1, 'must be greater than 1').default(2),
  // Square root of the batch ratio (arXiv 2205.10287 for Adam). Measured at nano scale the best rate of SGD grows
  // with exponent 0.6 and Adam's with 0.4 from batch 1 to 256. Only where the search starts depends on it.
  carry: z.number().default(0.5),
  /** Grid mode: the rates to try. */
  values: z.array(z.number().positive()).min(1).optional(),
});

const arm = z.strictObject({
  /** Name of an optimizer (docs/optimizers.md), or one per group of parameters: `{rest: sgd, head: adam}`. Default: the arm's label. */
  optimizer: z
    .union([z.string(), z.record(z.string(), z.string())], {
      error: 'must be a name, or a name per group of parameters such as {rest: sgd, head: adam}',
    })
    .optional(),
  /** Fixed hyperparameters; the registry's defaults for the rest. */
  hyper: z.preprocess(flat, z.record(z.string(), z.number())),
  /** Hyperparameters tuned beside the learning rate: every combination gets a learning-rate search of its own. */
  axes: z.preprocess(
    flat,
    // `default`: the values that the registry deems worth trying.
    z.record(
      z.string(),
      z.union([z.literal('default'), z.array(z.number()).min(1)], {
        error: 'must be a list of numbers, or default',
      }),
    ),
  ),
  lr: orEmpty(lr),
  /** In place of the study's. */
  clip: clip.optional(),
  schedule: schedule.optional(),
  batchSchedule: orEmpty(batchSchedule).optional(),
  /** Sequences that are in memory at once: a step of more accumulates its gradient. */
  microBatch: z.int().positive().optional(),
});

const model = z.strictObject({
  // The smallest model that shows the effect in minutes.
  preset: z.string().default('nano'),
  /** Label in tables; default: the preset and what was changed. */
  label: z.string().min(1).optional(),
  ...modelConfig.partial().shape,
});

const data = z.strictObject({
  /** `sotu`, `mnist` (images), or the path of a text file or folder (relative to the study file). */
  corpus: z.string().default('sotu'),
  // Small because at nano scale the vocabulary is most of the parameters; a Zipfian vocabulary of this size
  // still shows the gap. Default: the model's own.
  vocabSize: z.int().min(257).optional(),
  /** A Hugging Face tokenizer.json to use in place of a trained one. */
  tokenizer: z.string().optional(),
});

const seeds = z.strictObject({
  /** The seed every point is tuned with. */
  tune: z.int().nonnegative().default(1),
  // Three, counting the tuning seed, give an interval at all (two degrees of freedom); more narrow it.
  final: z.int().positive().default(3),
});

const evaluation = z.strictObject({
  // Standard error of a mean over 65536 tokens is about 0.01 nats, but every run sees the same ones, so
  // differences between runs are far sharper; costs 5% of a 400k-token run.
  tokens: z.int().positive().default(65536),
  // Only at the end: the choice of a rate must not depend on when one looks.
  every: z.int().nonnegative().default(0),
});

const probe = z
  .strictObject({
    /** Name in the probe registry. */
    name: z.string(),
    /** Steps between measurements ... */
    every: z.int().positive().optional(),
    /** ... or how many, spread over the run, beside the one before training. Default: 10. */
    times: z.int().positive().optional(),
    options: z.record(z.string(), z.number()).default({}),
    /** Optimizers whose updates are compared with the run's own. Default: all there are. */
    optimizers: z.array(z.string()).optional(),
    // The further seeds of the winners: those that tune are many, and most of them at rates nobody would use.
    runs: z.enum(['winners', 'all']).default('winners'),
  })
  .refine(({ every, times }) => every === undefined || times === undefined, 'takes every or times, not both');

const presetName = (value: unknown) => (typeof value === 'string' ? { preset: value } : value);

export const studyFile = z.strictObject({
  /** Short name: the directory `studies/<name>`, and what binds a directory to its study. */
  name: z
    .string()
    .regex(
      /^\w[\w.-]{0,99}$/,
      'must be letters, digits, "_", and after the first one ".", "-" (100 at most)',
    ),
  title: z.string().optional(),
  description: z.string().default(''),
  /** Experiment of the paper that this is about: its claims are judged on this study, its figures are in the report. */
  experiment: z.string().optional(),
  /** Which of the file's `sizes` this is; set by the reader of the file. */
  size: z.string().optional(),
  model: z.preprocess((value) => value ?? 'nano', list(z.preprocess(presetName, model))),
  data: orEmpty(data),
  /** Training tokens per run: equal for every batch size, as in the paper. Several budgets make several frontiers. */
  tokens: list(z.int().positive()).optional(),
  /** Budgets in optimizer steps, equal for every batch size, beside or in place of `tokens`. */
  steps: list(z.int().positive()).optional(),
  /** Sequences per step. */
  batchSizes: z.array(z.int().positive()).min(1),
  optimizers: z
    .record(z.string().regex(/^[\w.#+-]+$/), orEmpty(arm))
    .refine((arms) => Object.keys(arms).length > 0, 'needs at least one arm'),
  // Grids miss: the best SGD rate moved 30-fold from batch 1 to 256 (measured at nano scale), so it is followed.
  mode: z.enum(['bracket', 'grid']).default('bracket'),
  // A good guess takes 3-4; 12 doublings cover a guess that is wrong by a factor of 1000.
  maxPoints: z.int().min(3).default(12),
  seeds: orEmpty(seeds),
  clip: clip.default([1]),
  schedule: orEmpty(schedule),
  eval: orEmpty(evaluation),
  /** Arms compared, gap = challenger - baseline. Defaults: adam (else the last arm), and the first other arm. */
  baseline: z.string().optional(),
  challenger: z.string().optional(),
  /** Sequences per micro-batch; default: as many as are fast and fit. */
  microBatch: z.int().positive().optional(),
  /** What to measure while runs train. */
  probes: list(
    z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), probe),
  ).optional(),
  /** Simulations that belong to the study (`gaplab theory`): run once, before the runs. */
  theory: list(
    z.preprocess((value) => (typeof value === 'string' ? { lab: value } : value), labSpec),
  ).optional(),
});

/** Changes to a study file by the name of a size (smoke, mini, paper): fields merge, lists are replaced. */
export const sizes = z.record(z.string().regex(/^\w+$/), z.record(z.string(), z.unknown()).nullable());

/** A study as written by people, defaults filled in. */
export type StudyFile = z.infer<typeof studyFile>;

type OneOrSeveral<T> = T | T[];
interface Nested<T> {
  [name: string]: T | Nested<T>;
}
type ClipInput = OneOrSeveral<z.input<typeof clipKind> | number | null>;
type ArmInput = Omit<z.input<typeof arm>, 'lr' | 'hyper' | 'axes' | 'clip' | 'batchSchedule'> & {
  lr?: z.input<typeof lr>;
  hyper?: Nested<number>;
  axes?: Nested<number[] | 'default'>;
  clip?: ClipInput;
  batchSchedule?: z.input<typeof batchSchedule>;
};
type Lenient =
  | 'clip'
  | 'probes'
  | 'theory'
  | 'model'
  | 'data'
  | 'tokens'
  | 'steps'
  | 'optimizers'
  | 'seeds'
  | 'schedule'
  | 'eval';

/** A study as it may be written: what `runStudy` takes. */
export type StudyInput = Omit<z.input<typeof studyFile>, Lenient> & {
  model?: OneOrSeveral<string | z.input<typeof model>>;
  data?: z.input<typeof data>;
  /** Budgets per run, in tokens or in steps (or both). */
  tokens?: OneOrSeveral<number>;
  steps?: OneOrSeveral<number>;
  /** Arms by label; `{}` is an optimizer of that name with everything at its default. */
  optimizers: Record<string, ArmInput>;
  seeds?: z.input<typeof seeds>;
  schedule?: z.input<typeof schedule>;
  clip?: ClipInput;
  eval?: z.input<typeof evaluation>;
  probes?: OneOrSeveral<string | z.input<typeof probe>>;
  theory?: OneOrSeveral<LabKind | z.input<typeof labSpec>>;
};

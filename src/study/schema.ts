// The study file: one schema. A field's description says what it means, its default and the default's reason;
// docs/study-reference.md and docs/study.schema.json are made of them (scripts/study-reference.ts).
import { z } from 'zod';
import { modelConfig } from '../model/config.ts';
import { type LabKind, labSpec } from '../theory/specs/registry.ts';
import { type LauncherName, launcher } from './cluster/settings.ts';
import { type arm, arms, type batchSchedule, type ClipInput, clip, schedule } from './schema-arm.ts';
import { trainer } from './schema-trainer.ts';
import { seeds, tuner } from './schema-tuning.ts';
import { fields, oneOrMore } from './short-forms.ts';

const model = fields(
  z.strictObject({
    preset: z
      .string()
      .default('nano')
      .describe(
        'The model that the other fields change: tiny, nano, ... (`gaplab model --list`, docs/models.md). Default: the smallest that shows the gap in minutes.',
      ),
    label: z.string().min(1).optional().describe('Name in tables. Default: the preset and what was changed.'),
    ...modelConfig.partial().shape,
  }),
  { name: 'preset', type: 'string' },
);

const data = fields(
  z.strictObject({
    corpus: z
      .string()
      .default('sotu')
      .describe(
        'Text to train on: sotu (the State of the Union addresses), mnist (images), or the path of a text file or folder. A path in a study file begins at the folder of that file, a path in --set where the command is given.',
      ),
    vocabSize: z
      .int()
      .min(257)
      .optional()
      .describe(
        'Entries of the tokenizer. Default: that of the model, small since the vocabulary is most of a small model.',
      ),
    tokenizer: z
      .string()
      .optional()
      .describe('Path of a Hugging Face tokenizer.json, in place of a tokenizer trained on the corpus.'),
    textColumn: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Column of Parquet files, or field of JSON lines, that holds the text. Default: text, else the only column of strings.',
      ),
    deduplicate: z
      .boolean()
      .optional()
      .describe('true: documents whose text stood in the corpus before are left out.'),
    partial: z
      .boolean()
      .optional()
      .describe('true: a folder is accepted even if most of its bytes are in files that are not read.'),
  }),
  { name: 'corpus', type: 'string' },
);

const evaluation = fields(
  z.strictObject({
    // Standard error of a mean over 65536 tokens is about 0.01 nats; differences
    // between runs are far sharper.
    tokens: z
      .int()
      .positive()
      .default(65536)
      .describe(
        'Validation tokens of an evaluation. Every run sees the same ones. Default: costs 5% of a run of 400 thousand tokens.',
      ),
    every: z
      .int()
      .nonnegative()
      .default(0)
      .describe(
        'Steps between evaluations; 0 evaluates at the end alone, since the choice of a learning rate must not depend on when one looks.',
      ),
  }),
  { name: 'tokens', type: 'number' },
);

const probe = fields(
  z
    .strictObject({
      name: z
        .string()
        .describe('Which probe: imbalance, sharpness, hessian, noise, geometry or text (docs/probes.md).'),
      every: z.int().positive().optional().describe('Steps between measurements. Give this or `times`.'),
      times: z
        .int()
        .positive()
        .optional()
        .describe('How many measurements, spread over the run, beside the one before training. Default: 10.'),
      options: z.record(z.string(), z.number()).default({}).describe('Options of the probe by name.'),
      optimizers: z
        .array(z.string())
        .optional()
        .describe("Optimizers whose updates are compared with the run's own. Default: all there are."),
      runs: z
        .enum(['winners', 'all'])
        .default('winners')
        .describe(
          'winners: only the further seeds of the best rates, since most runs of a search are at rates that nobody would use. all: every run.',
        ),
    })
    .refine(
      ({ every, times }) => every === undefined || times === undefined,
      'takes every or times, not both',
    ),
  { name: 'name', type: 'string' },
);

const lab = fields(labSpec, { name: 'lab', type: 'string' });

export const studyFile = z.strictObject({
  name: z
    .string()
    .regex(/^\w[\w.-]{0,99}$/, 'must be letters, digits, "_", and after the first one ".", "-" (100 at most)')
    .describe(
      'Short name: the study is written to studies/<name>, and a directory belongs to the study of that name.',
    )
    .meta({ examples: ['my-study'] }),
  title: z.string().optional().describe('Title of the report. Default: the name.'),
  description: z.string().default('').describe('A sentence below the title of the report.'),
  experiment: z
    .string()
    .optional()
    .describe(
      'Experiment of the paper that this study repeats, e.g. grafting: its claims are judged, its figures drawn (docs/experiments.md).',
    ),
  size: z.string().optional().describe('Set by gaplab: which of its sizes the study is.'),
  trainer: fields(trainer)
    .optional()
    .describe(
      "A command of your own that trains, in place of gaplab's models (docs/trainers.md). Model, data, clipping and schedule are then its business, and its arms have args, hyperparameters and learning rates alone.",
    ),
  model: oneOrMore(model)
    .prefault([{}])
    .describe(
      'The model, by name or with changes, e.g. {preset: nano, layers: 4}. Several models each get a gap of their own.',
    ),
  data: data.prefault({}).describe('What the models are trained on.'),
  tokens: oneOrMore(z.int().positive())
    .optional()
    .describe(
      'Training tokens of every run, the same for every batch size, as in the paper. Several budgets each get a gap of their own. A study needs tokens, steps, or both.',
    )
    .meta({ examples: [300000] }),
  steps: oneOrMore(z.int().positive())
    .optional()
    .describe('Optimizer steps of every run, the same for every batch size, beside tokens or in their place.')
    .meta({ examples: [1000] }),
  batchSizes: oneOrMore(z.int().positive())
    .describe('Sequences of an optimizer step.')
    .meta({ examples: [[1, 8, 64]] }),
  optimizers: arms
    .describe(
      'The arms of the study by label: optimizers that are tuned and compared. `sgd:` with nothing below it is SGD with its usual hyperparameters.',
    )
    .meta({ examples: [{ sgd: {}, adam: {} }] }),
  // The best SGD rate moved 30-fold from batch 1 to 256 (measured at nano scale).
  mode: z
    .enum(['bracket', 'grid'])
    .default('bracket')
    .describe(
      'bracket: learning rates are tried until the best one has worse neighbours on both sides. grid: five rates around lr.guess. Default: best rates move with batch size, and a grid that stays misses them.',
    ),
  maxPoints: z
    .int()
    .min(3)
    .default(12)
    .describe(
      'Mode bracket: learning rates tried at most for one optimizer and batch size. A good guess takes 3 or 4; 12 doublings mend a guess that is wrong by a factor of 1000.',
    ),
  tuner: tuner
    .prefault({})
    .describe(
      'How far tuning goes beyond the best rate of a bracket. thorough is {probe: 2, halve: 1, seeds: 3}. Default: plain, a bracket alone; cells whose best rate may be another one are marked.',
    )
    .meta({ examples: ['thorough'] }),
  seeds: seeds
    .prefault({})
    .describe(
      'Random seeds: of initial weights and of the order of the data. A number is `fresh`. Files of before have `final`, which counts the tuning seed as well: final 5 is fresh 4.',
    )
    .meta({ examples: [{ tune: 1, fresh: 5 }] }),
  clip: clip
    .default([1])
    .describe(
      'Gradients are cut to this global norm, before momentum. null: not at all. Other kinds are written as {kind: adaptive, p: 0.1}, several as a list. Default: that of the paper, without which SGD diverges at large batch sizes.',
    ),
  schedule: schedule.prefault({}).describe('Learning rate over a run.'),
  eval: evaluation.prefault({}).describe('Validation.'),
  baseline: z
    .string()
    .optional()
    .describe(
      'The arm that others are compared with: gap = loss of the challenger - loss of the baseline. Default: adam, else the last arm.',
    ),
  challenger: z
    .string()
    .optional()
    .describe('The arm that is compared with the baseline. Default: the first other arm.'),
  microBatch: z
    .int()
    .positive()
    .optional()
    .describe('Sequences that are in memory at once. Default: as many as are fast and fit.'),
  engine: z
    .enum(['native', 'torch'])
    .default('native')
    .describe(
      'What computes: native, gaplab itself, or torch, PyTorch, on an NVIDIA card where there is one (docs/large-models.md). Runs in float32 are the same runs with either. Default: needs nothing else, and is the fastest for small models on a processor.',
    ),
  dtype: z
    .enum(['float32', 'bfloat16'])
    .default('float32')
    .describe(
      'Numbers that matrices are multiplied in. bfloat16 needs engine: torch. Default: what every engine has.',
    ),
  probes: oneOrMore(probe)
    .optional()
    .describe('What to measure while runs train (docs/probes.md), by name or with fields.'),
  theory: oneOrMore(lab)
    .optional()
    .describe(
      'Simulations that belong to the study (docs/theory.md), by name or with fields. They run once, before the runs.',
    ),
  launcher: launcher
    .optional()
    .describe(
      'Who makes the runs: this command itself, workers that it submits to Slurm, or workers that others start (docs/cluster.md). The same runs come of it. `--launcher` overrides it. Default: local.',
    ),
});

/** Changes by the name of a size (smoke, mini, long, paper): fields merge, lists are replaced. */
export const sizes = z.record(
  z.string().regex(/^\w[\w-]*$/, 'a name of a size may have letters, digits, "_" and "-"'),
  z.record(z.string(), z.unknown()).nullable(),
);

/** A study as written by people, defaults filled in. */
export type StudyFile = z.infer<typeof studyFile>;

type OneOrSeveral<T> = T | T[];
interface Nested<T> {
  [name: string]: T | Nested<T>;
}
type Arm = z.input<typeof arm>;
type ArmInput = Omit<Arm, 'lr' | 'hyper' | 'axes' | 'clip' | 'schedule' | 'batchSchedule'> & {
  lr?: number | number[] | Arm['lr'];
  hyper?: Nested<number>;
  axes?: Nested<number[] | 'default'>;
  clip?: OneOrSeveral<ClipInput>;
  schedule?: string | z.input<typeof schedule>;
  batchSchedule?: string | z.input<typeof batchSchedule>;
};
type Lenient =
  | 'clip'
  | 'probes'
  | 'theory'
  | 'model'
  | 'data'
  | 'tokens'
  | 'steps'
  | 'batchSizes'
  | 'optimizers'
  | 'seeds'
  | 'tuner'
  | 'schedule'
  | 'launcher'
  | 'eval';

/** A study as it may be written: what `runStudy` takes. */
export type StudyInput = Omit<z.input<typeof studyFile>, Lenient> & {
  model?: OneOrSeveral<string | z.input<typeof model>>;
  data?: string | z.input<typeof data>;
  /** Budgets per run, in tokens or in steps (or both). */
  tokens?: OneOrSeveral<number>;
  steps?: OneOrSeveral<number>;
  batchSizes: OneOrSeveral<number>;
  /**
   * Arms by label; `{}` is an optimizer of that name with everything at its default.
   * A list names optimizers alone.
   */
  optimizers: string[] | Record<string, ArmInput>;
  seeds?: number | z.input<typeof seeds>;
  /** How far tuning goes, by name or with fields. */
  tuner?: 'plain' | 'thorough' | z.input<typeof tuner>;
  schedule?: string | z.input<typeof schedule>;
  clip?: OneOrSeveral<ClipInput>;
  eval?: number | z.input<typeof evaluation>;
  probes?: OneOrSeveral<string | z.input<typeof probe>>;
  theory?: OneOrSeveral<LabKind | z.input<typeof labSpec>>;
  launcher?: LauncherName | z.input<typeof launcher>;
};

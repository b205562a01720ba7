// The configuration of a run that a command of the user trains. It is `config.json` of such a run,
// and the run's id comes from it.
import * as z from 'zod';

/** A value that is handed to the script. */
const value = z.union([z.string(), z.number(), z.boolean()]);

/** Where a script's numbers are read. */
export const metricsConfig = z.strictObject({
  /**
   * Regular expressions with named groups, looked for in every line of output; `json`:
   * lines of output that are JSON objects.
   */
  stdout: z.union([z.literal('json'), z.array(z.string()).min(1)]).optional(),
  /** Keys of JSON lines: the objective, the training loss, the step, the tokens seen. */
  value: z.string(),
  loss: z.string(),
  step: z.string(),
  tokens: z.string(),
});

export const scriptConfig = z.strictObject({
  schema: z.literal(1),
  /**
   * No configuration of gaplab's own models has this field, so no two runs of different kinds have one id.
   */
  kind: z.literal('script'),
  /** Program and arguments, with macros (`src/script/macros.ts`). */
  command: z.array(z.string()).min(1),
  /** What the macro `${program}` stands for. */
  program: z.string().optional(),
  /** What the script is: a digest of its files, or its commit. */
  version: z.string(),
  /** The script's names of parameters; null for one that it does not get. */
  names: z.record(z.string(), z.string().nullable()),
  /** Constant arguments of the arm. */
  args: z.record(z.string(), value),
  lr: z.number().positive(),
  /** Every other hyperparameter by its name in the study. */
  hyper: z.record(z.string(), z.number()),
  /** Sequences (examples) of an optimizer step. */
  batchSize: z.int().positive(),
  /** Optimizer steps. */
  steps: z.int().positive(),
  seed: z.int().nonnegative(),
  /** Tokens of a sequence; absent where only steps are counted. */
  tokensPerSequence: z.int().positive().optional(),
  metrics: metricsConfig,
  /** Loss of guessing: a run that stays above it has diverged. */
  guessLoss: z.number().positive().optional(),
});

export type ScriptConfig = z.infer<typeof scriptConfig>;
export type MetricsConfig = z.infer<typeof metricsConfig>;
export type ScriptValue = z.infer<typeof value>;

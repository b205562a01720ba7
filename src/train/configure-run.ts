// The configuration of one run for programs: everything but the data may be left out.
import { UserError } from '../core/errors.ts';
import { checkData, type ExampleData } from '../data/index.ts';
import { type ModelConfig, modelConfig } from '../model/config.ts';
import { entriesFor } from '../model/objectives/registry.ts';
import { parameters } from '../model/parameters.ts';
import { checkModel, modelPreset } from '../model/presets.ts';
import { checkGroups } from '../optim/names.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';
import { schedule } from '../optim/schedules.ts';
import { type ClipWord, withClip } from '../optim/words.ts';
import type { Growth } from './budget.ts';
import { type RunConfig, runConfig } from './config.ts';
import { runDefaults } from './defaults.ts';
import { checkProbe, resolveOptions } from './probes/registry.ts';
import { type ProbePace, runConfigOf } from './run-config.ts';

/** Times that a probe measures in a run unless it is told. */
const PROBE_TIMES = 10;

/**
 * A probe of a run: by its name, or with options and how often (`every` so many steps,
 * or `times` in the run).
 */
type ProbeInput =
  | string
  | {
      name: string;
      options?: Record<string, number>;
      every?: number;
      times?: number;
      optimizers?: string[];
    };

export interface RunInput {
  /** What it trains on, as `prepareData` gives it. */
  data: ExampleData & { fingerprint: string };
  /**
   * A preset, a preset with changes, or a whole model. Default: nano. The vocabulary
   * is that of the data unless it is given.
   */
  model?: string | ({ preset: string } & Partial<ModelConfig>) | ModelConfig;
  /** Name as on the command line, e.g. `adam`, `sgd+adaptiveClip`, `rest=sgd,head=adam`. Default: adam. */
  optimizer?: string;
  /** Hyperparameters; the registry's defaults for the rest. */
  hyper?: Record<string, number>;
  /** Peak learning rate. Default: the first guess of the optimizer's. */
  lr?: number;
  /**
   * A norm for the whole gradient, null for none, or other kinds, e.g. `{kind: 'layer', maxNorm:
   * 0.3}`. Default: 1.
   */
  clip?: ClipWord | readonly ClipWord[];
  schedule?: Partial<RunConfig['schedule']>;
  /** Sequences per step. Default: 16. */
  batchSize?: number;
  /**
   * A batch that grows from so many sequences, over a share of those that the run
   * sees (default: doubling, 0.05).
   */
  growth?: Partial<Growth> & { from: number };
  /** Sequences in memory at once. Default: as many as are fast. */
  microBatch?: number;
  /** Training tokens, of which no more are used. Default: 400000. */
  tokens?: number;
  /** Steps, in place of tokens. */
  steps?: number;
  /** Of initial values and the order of the data. Default: 1. */
  seed?: number;
  eval?: Partial<RunConfig['eval']>;
  probes?: readonly ProbeInput[];
  /** Numbers that matrices are multiplied in; bfloat16 is for PyTorch. Default: float32. */
  dtype?: 'float32' | 'bfloat16';
}

/**
 * The configuration for `train`, defaults filled in. The same wishes give the same
 * run as the command line and studies do. Throws UserError for what does not exist or does not fit.
 */
export function configureRun(input: RunInput): RunConfig {
  const { data, optimizer: spelt = runDefaults.optimizer, batchSize = runDefaults.batchSize } = input;
  const { tokens, steps, growth, microBatch } = input;
  if (tokens !== undefined && steps !== undefined)
    throw new UserError('tokens and steps say the same thing: give one of them');
  const model = modelFor(input.model ?? runDefaults.model, data);
  checkData(model, data);
  const {
    optimizer: name,
    hyper,
    clip,
  } = withClip(spelt, input.clip === undefined ? runDefaults.clip : input.clip);
  checkGroups(name, parameters(model));
  const rates = { ...runDefaults.schedule, ...input.schedule };
  schedule(rates.name);
  const config = runConfigOf({
    model,
    data: { corpus: data.corpus, fingerprint: data.fingerprint },
    optimizer: { name, hyper: resolveHyper(name, { ...hyper, ...input.hyper }) },
    lr: input.lr ?? optimizer(name).lrGuess,
    schedule: rates,
    clip,
    batchSize,
    budget: steps === undefined ? { tokens: tokens ?? runDefaults.tokens } : { steps },
    growth: growth && { name: 'doubling', over: runDefaults.growOver, ...growth },
    microBatch,
    seed: input.seed ?? runDefaults.seed,
    eval: { ...runDefaults.eval, ...input.eval },
    ...(input.dtype === 'bfloat16' ? { dtype: input.dtype } : {}),
    probes: input.probes?.map((probe) => probeOf(typeof probe === 'string' ? { name: probe } : probe, model)),
  });
  const parsed = runConfig.safeParse(config);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  throw new UserError(`${path.join('.')}: ${message}`);
}

/** The model with as many entries as the data need, unless it says how many it has. */
function modelFor(given: NonNullable<RunInput['model']>, data: ExampleData): ModelConfig {
  if (typeof given === 'object' && !('preset' in given)) return checkModel(given);
  const { preset, ...changes } = typeof given === 'string' ? { preset: given } : given;
  const keys = Object.keys(modelConfig.shape);
  const stray = Object.keys(changes).find((key) => !keys.includes(key));
  if (stray !== undefined)
    throw new UserError(`model: there is no "${stray}"; choose from ${keys.join(', ')}`);
  const model = modelPreset(preset, changes);
  return changes.vocabSize === undefined
    ? checkModel({ ...model, vocabSize: entriesFor(model, data.vocabSize) })
    : model;
}

function probeOf(
  { name, options, every, times = PROBE_TIMES, optimizers }: Exclude<ProbeInput, string>,
  model: ModelConfig,
) {
  checkProbe(name, model);
  const pace: ProbePace = every === undefined ? { times } : { every };
  return { name, options: resolveOptions(name, options), ...(optimizers ? { optimizers } : {}), pace };
}

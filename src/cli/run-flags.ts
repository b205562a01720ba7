// Flags that describe one training run, shared by the commands that train without a study.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../core/errors.ts';
import { suggest } from '../core/suggest.ts';
import { imagesIn, type PreparedData, prepareData } from '../data/index.ts';
import { type ModelConfig, modelConfig } from '../model/config.ts';
import { entriesFor } from '../model/objectives/registry.ts';
import { checkModel, modelPreset } from '../model/presets.ts';
import { resolveHyper } from '../optim/registry.ts';
import { schedule, schedules } from '../optim/schedules.ts';
import { type ClipWord, parseClip, withClip } from '../optim/words.ts';
import { defaultMicroBatch } from '../runtime/micro-batch.ts';
import { checkCorpus, checkSequence } from '../study/resolve-model.ts';
import type { EngineName } from '../torch/job.ts';
import { lengthOf } from '../train/budget.ts';
import type { RunConfig } from '../train/config.ts';
import { configureRun } from '../train/configure-run.ts';
import { runDefaults } from '../train/defaults.ts';
import { checkFits } from '../train/fit.ts';
import type { Context } from './common.ts';
import { integer, number } from './common.ts';
import { type ReadingOptions, readingFlags, readingOptions } from './reading-flags.ts';

export interface RunFlags extends ReadingOptions {
  model: string;
  set: ModelChanges;
  optimizer: string;
  lr?: number;
  hyper: Record<string, number>;
  batchSize: number;
  microBatch?: number;
  tokens?: number;
  steps?: number;
  seed: number;
  clip: ClipWord[];
  growFrom?: number;
  growOver: number;
  schedule: string;
  warmup: number;
  final: number;
  corpus: string;
  vocabSize?: number;
  tokenizer?: string;
  evalTokens: number;
  evalEvery: number;
  probe?: string[];
  probeEvery?: number;
  threads: number;
  recompute?: boolean;
  memory?: number;
  engine?: EngineName;
  dtype?: 'float32' | 'bfloat16';
}

/**
 * Adds the flags of a run to a command; `budget` says how long it is when neither tokens nor steps are given.
 */
export function addRunFlags(command: Command, budget = String(runDefaults.tokens)): Command {
  const whole = addSetFlag(command.option('--model <preset>', 'model preset', runDefaults.model))
    .option('--optimizer <name>', 'optimizer, e.g. adam, adam#sgd, rest=sgd,head=adam', runDefaults.optimizer)
    .option('--lr <x>', "peak learning rate (default: the optimizer's first guess)", number({ above: 0 }))
    .option(
      '--hyper <k=v>',
      'hyperparameter, e.g. momentum=0.95 (repeatable)',
      assignment('momentum=0.95'),
      {},
    )
    .option('--batch-size <n>', 'sequences per step', integer(1), runDefaults.batchSize)
    .option('--micro-batch <n>', 'sequences per piece of a step (default: what is fast and fits)', integer(1))
    .option('--tokens <n>', `training tokens (default: ${budget})`, integer(1))
    .option('--steps <n>', 'optimizer steps, in place of --tokens', integer(1))
    .option('--seed <n>', 'seed of initialisation and data order', integer(0), runDefaults.seed)
    .addOption(
      new Option(
        '--clip <norm|none|kind=x>',
        'clip: a global gradient norm, none, or layer=, coordinate=, adaptive= (several with commas)',
      )
        .argParser(clipWords)
        .default([runDefaults.clip], String(runDefaults.clip)),
    )
    .option(
      '--grow-from <n>',
      'start with this batch size and double it over --grow-over of the run',
      integer(1),
    )
    .option(
      '--grow-over <share>',
      'share of the run in which the batch grows',
      number({ above: 0 }),
      runDefaults.growOver,
    )
    .option(
      '--schedule <name>',
      `learning-rate schedule: ${Object.keys(schedules).join(', ')}`,
      runDefaults.schedule.name,
    )
    .option(
      '--warmup <share>',
      'share of the steps for linear warmup',
      number({ min: 0 }),
      runDefaults.schedule.warmup,
    )
    .option(
      '--final <share>',
      'final learning rate as a share of the peak',
      number({ min: 0 }),
      runDefaults.schedule.final,
    )
    .option('--corpus <name|path>', '`sotu`, `mnist` (images), or a text file or folder', 'sotu')
    .option('--vocab-size <n>', "entries of the tokenizer (default: the model's)", integer(257))
    .option('--tokenizer <file>', 'a Hugging Face tokenizer.json to use in place of a trained one')
    .option('--eval-tokens <n>', 'validation tokens', integer(1), runDefaults.eval.tokens)
    .option(
      '--eval-every <n>',
      'steps between evaluations; 0: at the end only',
      integer(0),
      runDefaults.eval.every,
    )
    .option('--threads <n>', 'threads of the engine (another number: other bits)', integer(1), 1);
  return readingFlags(whole);
}

/** What `--set` says: numbers, and words for other layers (docs/models.md). */
export type ModelChanges = Partial<ModelConfig>;

/** `--set key=value` (repeatable): changes to a model preset, for `modelFromFlags`. */
export const addSetFlag = (command: Command): Command =>
  command.option(
    '--set <k=v>',
    'change the preset, e.g. dim=128 or norm=layernorm (repeatable)',
    modelChange,
    {},
  );

function modelChange(text: string, before: ModelChanges): ModelChanges {
  const [name, word, more] = text.split('=');
  const isWord = /^[a-z]+$/.test(word ?? '') && more === undefined && name !== '';
  return isWord ? { ...before, [name]: word } : assignment('dim=128')(text, before as Record<string, number>);
}

/**
 * The preset `name` with the changes of `--set`. Throws UserError for what does not exist or cannot be built.
 */
export function modelFromFlags(name: string, set: ModelChanges): ModelConfig {
  const keys = Object.keys(modelConfig.shape);
  for (const key of Object.keys(set))
    if (!keys.includes(key)) {
      const close = suggest(key, keys);
      throw new UserError(
        `--set: a model has no "${key}"; ${close ? `did you mean ${close}?` : `choose from ${keys.join(', ')}`}`,
      );
    }
  return modelPreset(name, set);
}

/**
 * The run that the flags describe, with its data (close it). Throws UserError for what does not exist or fit.
 */
export async function runFromFlags(
  ctx: Context,
  flags: RunFlags,
): Promise<{ config: RunConfig; data: PreparedData }> {
  const { set } = flags;
  const base = modelFromFlags(flags.model, set);
  const extra = entriesFor(base, 0);
  // The vocabulary of the data: what was asked for, or as much as the model has room for.
  const vocabSize = flags.vocabSize ?? (set.vocabSize === undefined ? undefined : set.vocabSize - extra);
  if (flags.tokenizer !== undefined && flags.vocabSize !== undefined)
    throw new UserError(
      '--vocab-size and --tokenizer exclude each other: a given tokenizer has its own size (--set vocabSize=N pads the model)',
    );
  if (set.vocabSize !== undefined && vocabSize !== undefined && vocabSize + extra > set.vocabSize)
    throw new UserError(
      `--vocab-size ${vocabSize} is more than the model's --set vocabSize=${set.vocabSize}: a model may have more entries than its tokenizer${extra > 0 ? ' and the mask' : ''}, not fewer`,
    );
  const preset = vocabSize === undefined ? base : checkModel({ ...base, vocabSize });
  const images = imagesIn(flags.corpus);
  checkCorpus(flags.model, base, flags.corpus);
  const { optimizer: name, hyper: clipHyper } = withClip(flags.optimizer, flags.clip);
  const hyper = resolveHyper(name, { ...clipHyper, ...flags.hyper });
  schedule(flags.schedule);
  if (flags.steps !== undefined && flags.tokens !== undefined)
    throw new UserError('--steps and --tokens say the same thing: give one of them');
  const { batchSize, microBatch, growFrom } = flags;
  if (growFrom !== undefined && growFrom > batchSize)
    throw new UserError(
      `--grow-from ${growFrom} is more than --batch-size ${batchSize}: a batch can only grow`,
    );
  const budget =
    flags.steps === undefined ? { tokens: flags.tokens ?? runDefaults.tokens } : { steps: flags.steps };
  lengthOf(budget, { batchSize, seqLen: preset.seqLen });
  if (Math.max(flags.warmup, flags.final, flags.growOver) > 1)
    throw new UserError('--warmup, --final and --grow-over are shares: at most 1');
  const expected = { ...preset, vocabSize: set.vocabSize ?? entriesFor(preset, preset.vocabSize) };
  // Before the data: a tokenizer of a large vocabulary takes minutes. The memory
  // of a card is PyTorch's to know.
  if (flags.engine !== 'torch')
    checkFits(
      {
        model: expected,
        optimizer: { name, hyper },
        batchSize,
        microBatch: microBatch ?? defaultMicroBatch(expected, batchSize),
      },
      {
        recompute: flags.recompute,
        available: flags.memory === undefined ? undefined : flags.memory * 2 ** 30,
      },
    );
  const bar = ctx.progress.bar('data', 1, { unit: 'bytes', detail: true });
  const data = await prepareData({
    corpus: flags.corpus,
    vocabSize: images ? flags.vocabSize : flags.tokenizer === undefined ? preset.vocabSize : undefined,
    tokenizer: flags.tokenizer,
    ...readingOptions(flags),
    signal: ctx.signal,
    onProgress: ({ done, total }) => bar.update(done, { total }),
    onWarning: (line) => ctx.progress.line(line),
  });
  bar.done();
  try {
    checkSequence(flags.model, preset, data);
  } catch (error) {
    data.close();
    throw error;
  }
  const { every, names } = { every: flags.probeEvery, names: flags.probe ?? [] };
  const config = configureRun({
    data,
    // The model follows the tokenizer, unless its size was asked for (padding; too
    // small a size fails in `train`).
    model: { ...preset, vocabSize: set.vocabSize ?? entriesFor(preset, data.vocabSize) },
    optimizer: flags.optimizer,
    hyper: flags.hyper,
    lr: flags.lr,
    clip: flags.clip,
    schedule: { name: flags.schedule, warmup: flags.warmup, final: flags.final },
    batchSize,
    ...budget,
    growth: growFrom === undefined ? undefined : { from: growFrom, over: flags.growOver },
    microBatch,
    seed: flags.seed,
    eval: { tokens: flags.evalTokens, every: flags.evalEvery },
    probes: names.map((name) => ({ name, every })),
    dtype: flags.dtype,
  });
  return { config, data };
}

/** Option parser: names with commas between them, collected over repetitions, each once. */
export function nameList(text: string, before: string[] = []): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.includes('')) throw new InvalidArgumentError('Write it as names with commas between them.');
  return [...new Set([...before, ...list])];
}

/** Option parser: `name=number`, collected over repetitions. */
export function assignment(example: string) {
  return (text: string, before: Record<string, number>): Record<string, number> => {
    const [name, value, more] = text.split('=');
    const x = Number(value);
    if (!name || value === undefined || value.trim() === '' || more !== undefined || !Number.isFinite(x))
      throw new InvalidArgumentError(`Write it as name=number, e.g. ${example}.`);
    return { ...before, [name]: x };
  };
}

function clipWords(text: string): ClipWord[] {
  try {
    return parseClip(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

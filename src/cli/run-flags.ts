// Flags that describe one training run, shared by the commands that train without a study.
import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../core/errors.ts';
import { type PreparedData, prepareData } from '../data/index.ts';
import { modelPreset } from '../model/presets.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';
import { DEFAULT_WARMUP, schedule } from '../optim/schedules.ts';
import { microBatchFor, stepsFor } from '../study/points.ts';
import type { RunConfig } from '../train/config.ts';
import type { Context } from './common.ts';
import { integer, number } from './common.ts';

export interface RunFlags {
  model: string;
  optimizer: string;
  lr?: number;
  hyper: Record<string, number>;
  batchSize: number;
  microBatch?: number;
  tokens?: number;
  steps?: number;
  seed: number;
  clip: number | null;
  schedule: string;
  warmup: number;
  final: number;
  corpus: string;
  vocabSize?: number;
  evalTokens: number;
  evalEvery: number;
  threads: number;
}

/** Adds the flags of a run to a command. */
export function addRunFlags(command: Command): Command {
  return command
    .option('--model <preset>', 'model preset', 'nano')
    .option('--optimizer <name>', 'optimizer', 'adam')
    .option('--lr <x>', "peak learning rate (default: the optimizer's first guess)", number({ above: 0 }))
    .option('--hyper <k=v>', 'hyperparameter, e.g. momentum=0.95 (repeatable)', collectHyper, {})
    .option('--batch-size <n>', 'sequences per step', integer(1), 16)
    .option('--micro-batch <n>', 'sequences per piece of a step (default: what is fast and fits)', integer(1))
    .option('--tokens <n>', 'training tokens (default: 400000)', integer(1))
    .option('--steps <n>', 'optimizer steps, in place of --tokens', integer(1))
    .option('--seed <n>', 'seed of initialisation and data order', integer(0), 1)
    .option('--clip <norm|off>', 'global gradient-norm clip before momentum', clipNorm, 1)
    .option('--schedule <name>', 'learning-rate schedule', 'cosine')
    .option('--warmup <share>', 'share of the steps for linear warmup', number({ min: 0 }), DEFAULT_WARMUP)
    .option('--final <share>', 'final learning rate as a share of the peak', number({ min: 0 }), 0.01)
    .option('--corpus <name|path>', '`sotu`, or a text file or folder', 'sotu')
    .option('--vocab-size <n>', "entries of the tokenizer (default: the model's)", integer(257))
    .option('--eval-tokens <n>', 'validation tokens', integer(1), 65536)
    .option('--eval-every <n>', 'steps between evaluations; 0: at the end only', integer(0), 0)
    .option('--threads <n>', 'threads of the engine (another number: other bits)', integer(1), 1);
}

/** The run that the flags describe, with its data (close it). Throws UserError for what does not exist or fit. */
export async function runFromFlags(
  ctx: Context,
  flags: RunFlags,
): Promise<{ config: RunConfig; data: PreparedData }> {
  const preset = modelPreset(flags.model, flags.vocabSize ? { vocabSize: flags.vocabSize } : {});
  const { lrGuess } = optimizer(flags.optimizer);
  const hyper = resolveHyper(flags.optimizer, flags.hyper);
  schedule(flags.schedule);
  if (flags.steps !== undefined && flags.tokens !== undefined)
    throw new UserError('--steps and --tokens say the same thing: give one of them');
  if (flags.microBatch !== undefined && flags.batchSize % flags.microBatch !== 0)
    throw new UserError(`--micro-batch ${flags.microBatch} does not divide --batch-size ${flags.batchSize}`);
  if (flags.warmup > 1 || flags.final > 1) throw new UserError('--warmup and --final are shares: at most 1');
  const bar = ctx.progress.bar('data', 1, { unit: 'bytes', detail: true });
  const data = await prepareData({
    corpus: flags.corpus,
    vocabSize: preset.vocabSize,
    signal: ctx.signal,
    onProgress: ({ done, total }) => bar.update(done, { total }),
    onWarning: (line) => ctx.progress.line(line),
  });
  bar.done();
  const { batchSize, lr = lrGuess, seed, clip } = flags;
  const model = { ...preset, vocabSize: data.vocabSize };
  const config: RunConfig = {
    schema: 1,
    model,
    data: { corpus: data.corpus, fingerprint: data.fingerprint },
    optimizer: { name: flags.optimizer, hyper },
    lr,
    schedule: { name: flags.schedule, warmup: flags.warmup, final: flags.final },
    clip,
    batchSize,
    microBatch: flags.microBatch ?? microBatchFor(batchSize, model.seqLen, model.vocabSize),
    steps: flags.steps ?? stepsFor(flags.tokens ?? 400000, batchSize, model.seqLen),
    seed,
    eval: { tokens: flags.evalTokens, every: flags.evalEvery },
  };
  return { config, data };
}

function collectHyper(text: string, before: Record<string, number>): Record<string, number> {
  const [name, value, more] = text.split('=');
  const x = Number(value);
  if (!name || value === undefined || value.trim() === '' || more !== undefined || !Number.isFinite(x))
    throw new InvalidArgumentError('Write it as name=number, e.g. momentum=0.95.');
  return { ...before, [name]: x };
}

function clipNorm(text: string): number | null {
  return text === 'off' ? null : number({ above: 0 })(text);
}

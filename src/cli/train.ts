// `gaplab train`: one run from flags, in this process.
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../core/errors.ts';
import type { PreparedData } from '../data/index.ts';
import { openData } from '../data/index.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { objectiveOf, predictionsOf } from '../model/objectives/registry.ts';
import { requireDevice } from '../runtime/open-engine.ts';
import { attemptDir, attempts, checkpoints, newestLease } from '../store/attempt.ts';
import { readResult, refuseLinksInRun, retireFailure } from '../store/runs.ts';
import type { RunResult } from '../store/schemas.ts';
import { untilFree, Watch } from '../store/watch.ts';
import { type ExecuteOptions, executeRun } from '../study/execute.ts';
import type { TorchOptions } from '../torch/job.ts';
import { findPython } from '../torch/python.ts';
import { trainTorch } from '../torch/train-torch.ts';
import { exportCheckpoint, runOfCheckpoint } from '../train/checkpoint.ts';
import { type RunConfig, runConfig } from '../train/config.ts';
import { checkModelFolder, modelText } from '../train/llama.ts';
import { checkProbe } from '../train/probes/registry.ts';
import { runId } from '../train/run-id.ts';
import { train as trainRun } from '../train/train.ts';
import { action, type Context, command, deviceOption, examples, integer, number } from './common.ts';
import { addEngineFlags, type EngineFlags, torchOptions } from './engine-flags.ts';
import { addRunFlags, modelFromFlags, nameList, type RunFlags, runFromFlags } from './run-flags.ts';

type Options = RunFlags &
  EngineFlags & {
    out?: string;
    resume?: string;
    checkpointSeconds?: number;
  };

export function register(program: Command): void {
  const train = command(
    program,
    'train',
    'Train one model. The same command again continues a stopped run and repeats a finished one at no cost.',
  );
  addEngineFlags(addRunFlags(train))
    .option('--out <dir>', 'directory of the run (default: train/<id of the run>)')
    .option('--resume <dir>', 'continue the run in this directory; takes everything else from there')
    .option('--probe <names>', 'measure while training, e.g. imbalance,noise (see `gaplab probe`)', nameList)
    .option('--probe-every <n>', 'steps between measurements (default: a tenth of the run)', integer(1))
    .addOption(deviceOption())
    .addOption(
      new Option('--dtype <name>', 'numbers that matrices are multiplied in; bfloat16 needs --engine torch')
        .choices(['float32', 'bfloat16'])
        .default('float32'),
    )
    .option('--recompute', 'compute activations twice: the same bits, less memory, more time')
    .option(
      '--memory <GiB>',
      'refuse to start above this (default: what the machine has)',
      number({ above: 0 }),
    )
    .option(
      '--checkpoint-seconds <s>',
      'seconds between checkpoints, so the most training that a kill costs (default: 20)',
      number({ min: 0 }),
    );
  examples(train, [
    [
      'gaplab train --optimizer sgd --lr .1 --hyper momentum=0.95 --batch-size 8',
      'one run, 400,000 tokens of the corpus that comes with it',
    ],
    ['gaplab train --corpus my.txt --tokens 1000000 --out runs/mine', 'on your own text'],
    [
      'gaplab train --model 410m --batch-size 1 --steps 3 --optimizer sgd --threads 2 --recompute',
      'a few steps of a large model',
    ],
    [
      'gaplab train --engine torch --dtype bfloat16 --model 160m --micro-batch 16 --batch-size 64',
      'with PyTorch, on an NVIDIA card where there is one',
    ],
    ['gaplab train --resume runs/mine', 'after Ctrl-C, a crash, or kill -9'],
  ]);
  train.action(
    action(async (ctx: Context, options: Options) => {
      // Before the data, which may take minutes.
      const torch = torchOptions(options, options.engine === 'torch');
      if (options.engine === 'torch') findPython(torch.python);
      const { config, data, dir } = options.resume
        ? await fromDirectory(resolve(options.resume))
        : await fromFlags(ctx, options);
      try {
        const result = await work(ctx, dir, config, data, { ...options, torch });
        ctx.result({ dir, ...result });
        tell(ctx, dir, config, result);
      } finally {
        data.close();
      }
    }),
  );
}

interface RunOrder {
  config: RunConfig;
  data: PreparedData;
  dir: string;
}

async function fromFlags(ctx: Context, options: Options): Promise<RunOrder> {
  const names = options.probe ?? [];
  if (names.length === 0 && options.probeEvery !== undefined)
    throw new UserError('--probe-every says how often, but no --probe says what');
  for (const name of names) checkProbe(name, modelFromFlags(options.model, options.set));
  const { config, data } = await runFromFlags(ctx, options);
  const dir = resolve(options.out ?? join('train', runId(config)));
  const there = storedConfig(dir);
  if (there && runId(there) !== runId(config)) {
    data.close();
    throw new UserError(
      `${dir} holds another run; use another --out, or --resume ${dir} to continue that one`,
    );
  }
  return { config, data, dir };
}

async function fromDirectory(dir: string): Promise<RunOrder> {
  const config = storedConfig(dir);
  if (!config)
    throw new UserError(`${dir} holds no run (no config.json): give the --out directory of an earlier train`);
  return { config, data: await openData(config.data.fingerprint), dir };
}

function storedConfig(dir: string): RunConfig | undefined {
  const text = readIfThere(join(dir, 'config.json'));
  if (text === undefined) return undefined;
  const parsed = runConfig.safeParse(parseJson(text));
  if (!parsed.success)
    throw new UserError(`${join(dir, 'config.json')} is not the config of a run; use another directory`);
  return parsed.data;
}

/** Throws UserError when files of somebody else stand where the run's would. */
function checkPlace(dir: string): void {
  checkModelFolder(join(dir, 'model'));
  if (existsSync(join(dir, 'config.json'))) return;
  const foreign = ['result.json', 'attempt-1'].find((name) => existsSync(join(dir, name)));
  if (foreign)
    throw new UserError(
      `${join(dir, foreign)} is there, but no config.json says which run it is of: move it away, or use another --out`,
    );
}

/**
 * Throws UserError where what stands in `dir` is of another run than its config.json says:
 * that was changed, or brought there.
 */
function checkIdentity(dir: string, config: RunConfig, result: RunResult | undefined): void {
  const [newest] = checkpoints(dir, Number.POSITIVE_INFINITY);
  const checkpoint = newest === undefined ? '' : join(attemptDir(dir, newest), 'checkpoint.safetensors');
  const known: [string, string | undefined][] = [
    ['result.json', result?.id],
    [relative(dir, checkpoint), runOfCheckpoint(checkpoint)],
  ];
  const id = runId(config);
  for (const [file, of] of known)
    if (of !== undefined && of !== id)
      throw new UserError(
        `${join(dir, 'config.json')} was changed: it is that of run ${id}, and ${file} is of run ${of}; put the old one back, or train in another directory`,
      );
}

async function work(
  ctx: Context,
  dir: string,
  config: RunConfig,
  data: PreparedData,
  { threads, device, recompute, checkpointSeconds, engine, torch }: Options & { torch: TorchOptions },
): Promise<RunResult> {
  refuseLinksInRun(dir);
  checkPlace(dir);
  const before = readResult(dir, (line) => ctx.progress.line(line));
  checkIdentity(dir, config, before);
  if (before?.status === 'failed') retireFailure(dir, before);
  else if (before) {
    // A kill may have come between the result and the model.
    const isThere = existsSync(join(dir, 'model', 'model.safetensors'));
    if (!isThere && existsSync(checkpointOf(dir, before))) exportModel(dir, config, data, before);
    return before;
  }
  const isTorch = engine === 'torch';
  if (config.dtype && !isTorch) throw new UserError(`${config.dtype} is for PyTorch: add --engine torch`);
  if (isTorch && recompute)
    throw new UserError(
      "--recompute is for gaplab's own engine: leave it out, or take a smaller --micro-batch",
    );
  if (!isTorch) await requireDevice(device ?? 'cpu');
  if (attempts(dir).length > 0) ctx.progress.line('continuing');
  const { optimizer, batchSize, lr, steps } = config;
  const bar = ctx.progress.bar(`${optimizer.name} at batch ${batchSize}, lr ${lr}`, steps, { unit: 'steps' });
  const warn = (line: string) => ctx.progress.line(line);
  const execute: ExecuteOptions = {
    threads,
    device,
    checkpointSeconds,
    signal: ctx.signal,
    onWarning: warn,
    onProgress: ({ step, loss, tokensPerSecond }) =>
      bar.update(step, { note: `loss ${loss.toFixed(3)}  ${(tokensPerSecond / 1000).toFixed(1)}k tokens/s` }),
  };
  const make = (silent?: string) =>
    executeRun(
      dir,
      config,
      (c, o) => (isTorch ? trainTorch(c, { ...o, data, torch }) : trainRun(c, { ...o, data, recompute })),
      { ...execute, silent },
    );
  const watch = new Watch();
  let result = await make();
  while (result === 'busy') {
    const seat = await untilFree(watch, () => newestLease(dir), {
      where: dir,
      doing: 'another process is training this run',
      advice: 'wait for it or stop it',
      warn,
      signal: ctx.signal,
    });
    result = await make(seat.print);
  }
  if (result.status !== 'failed') bar.update(result.step);
  bar.done();
  exportModel(dir, config, data, result);
  return result;
}

const checkpointOf = (dir: string, { attempt }: RunResult) =>
  join(attemptDir(dir, attempt), 'checkpoint.safetensors');

function exportModel(dir: string, { model }: RunConfig, data: PreparedData, result: RunResult): void {
  if (result.status === 'done')
    exportCheckpoint(checkpointOf(dir, result), model, join(dir, 'model'), modelText(data));
}

function tell(ctx: Context, dir: string, { model }: RunConfig, result: RunResult): void {
  if (result.status === 'failed') {
    process.exitCode = 1;
    ctx.progress.line(`the run failed: ${result.error}; log in ${dir}`);
    return;
  }
  if (result.status === 'diverged') ctx.out(`diverged: ${result.reason}`);
  else {
    const { valLoss, valBitsPerByte: bits, valAccuracy: accuracy, valTokens, tokens, seconds } = result;
    const number = (n: number) => n.toLocaleString('en-US');
    const { predicted } = objectiveOf(model);
    // A sequence need not predict as many as it has tokens: masked ones only, or one class.
    const predictions = number((valTokens / model.seqLen) * predictionsOf(model));
    const loss = `validation loss ${valLoss!.toFixed(4)} nats per ${predicted} over ${predictions} ${predicted}s`;
    const same = bits === null ? '' : `, ${bits.toFixed(4)} bits per byte`;
    const right = accuracy === undefined ? '' : `, ${(100 * accuracy).toFixed(1)}% right`;
    ctx.out(`${loss}${same}${right} (trained on ${number(tokens)} tokens in ${Math.round(seconds)} s)`);
  }
  ctx.out(`Run: ${dir}`);
}

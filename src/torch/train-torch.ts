// Trains a run in PyTorch: the same files as gaplab's own engine, so that either
// may go on where the other stopped.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InterruptedError, UserError } from '../core/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { initialize, parameterCount, parameters } from '../model/parameters.ts';
import { checkGroups } from '../optim/names.ts';
import { optimizer } from '../optim/registry.ts';
import { HANDED_OVER, METRICS } from '../script/contract.ts';
import { runCommand } from '../script/run-command.ts';
import { makeAttemptFolder } from '../train/attempt.ts';
import { readCheckpoint } from '../train/checkpoint.ts';
import type { RunConfig } from '../train/config.ts';
import { toLlama } from '../train/llama.ts';
import type { TrainOptions } from '../train/options.ts';
import type { RunOutcome } from '../train/outcome.ts';
import { createLiveProbes } from '../train/probes/live.ts';
import { runId } from '../train/run-id.ts';
import { writeSafetensors } from '../train/safetensors.ts';
import { resumeLines } from '../train/vouch.ts';
import { jobOf, type TorchOptions } from './job.ts';
import { type End, outcomeOf } from './outcome.ts';
import { commandOf, engineFolder, findPython, pythonEnv } from './python.ts';

export type TorchTrainOptions = Pick<
  TrainOptions,
  'data' | 'threads' | 'checkpointSeconds' | 'signal' | 'beforeWrite'
> & {
  attemptDir: string;
  /** Unix time in seconds. */
  deadline?: number;
  onProgress?(progress: { step: number; steps: number; loss: number; tokensPerSecond: number }): void;
  onWarning?(line: string): void;
  torch?: TorchOptions;
};

/** Time to finish a step and to write a checkpoint of a large model. */
const GRACE_SECONDS = 120;

/**
 * Trains one model as `config` says. Throws UserError for what cannot be trained or where there is no
 * PyTorch, CheckpointError for a damaged checkpoint in `attemptDir`, InterruptedError when `signal` stops it.
 */
export async function trainTorch(config: RunConfig, options: TorchTrainOptions): Promise<RunOutcome> {
  const { data, attemptDir, signal, threads = 1, torch = {}, beforeWrite, checkpointSeconds = 20 } = options;
  const { model, steps, batchSize } = config;
  checkGroups(config.optimizer.name, parameters(model));
  if (!data.shards) throw new UserError('--engine torch reads prepared data from files: prepare the corpus');
  const python = findPython(torch.python);
  makeAttemptFolder(attemptDir);
  const held = roomFor(config);
  const fileOf = (name: string) => join(attemptDir, name);
  const checkpoint = fileOf('checkpoint.safetensors');
  const counters = readCheckpoint(checkpoint, config, held);
  const begun = counters?.step ?? 0;
  beforeWrite?.();
  resumeLines(attemptDir, counters ?? { step: 0 });
  const folder = fileOf(HANDED_OVER);
  const probes = createLiveProbes(config, fileOf('probes.jsonl'), begun, {
    ...{ data, threads, signal, beforeWrite },
  });
  /** Measures the checkpoint, which is that of a step. */
  const probe = async (step: number) => {
    readCheckpoint(checkpoint, config, held);
    await probes?.at(step, { ...held, pull: async () => {} });
  };
  // What goes wrong with a measurement ends the process, and is what to tell.
  const failed = new AbortController();
  let problem: unknown;
  const pause = async (step: number) => {
    try {
      await probe(step);
      writeFileSync(join(folder, `go-${step}`), '');
    } catch (error) {
      if (!(error instanceof InterruptedError)) problem = error;
      failed.abort(new InterruptedError('interrupted'));
    }
  };
  try {
    for (const left of [folder, fileOf(METRICS)]) rmSync(left, { recursive: true, force: true });
    makeFolder(folder);
    const from = counters
      ? checkpoint
      : writeInitial(join(folder, 'initial.safetensors'), config, held.params);
    const { end } = await runCommand({
      argv: commandOf(python, torch.gpus),
      ...{ folder: engineFolder, env: pythonEnv, run: runId(config), attemptDir, steps },
      parameters: jobOf(config, data, { ...torch, threads, checkpointSeconds, attemptDir, folder, from }),
      metrics: { value: 'valLoss', loss: 'loss', step: 'step', tokens: 'tokens' },
      tokensPerStep: batchSize * model.seqLen,
      ...{ graceSeconds: GRACE_SECONDS, deadline: options.deadline, recorder: silent, beforeWrite },
      signal: AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]),
      onProgress(progress) {
        if (Number.isFinite(progress.loss)) options.onProgress?.(progress);
      },
      onWarning: options.onWarning,
      onLine(line) {
        const { event, step } = JSON.parse(line);
        if (event === 'pause') pause(step);
      },
    });
    if (end?.status === 'done') await probe(steps);
    else readCheckpoint(checkpoint, config, held);
    return outcomeOf(config, data, end as unknown as End, { ...held, threads });
  } catch (error) {
    throw problem ?? error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await probes?.close();
  }
}

/** The process keeps metrics.jsonl itself, as gaplab's own engine does. */
const silent = { add() {}, close() {}, seconds: () => 0, trainLoss: () => undefined };

/** Room for what a checkpoint holds. */
function roomFor({ model, optimizer: { name, hyper } }: RunConfig) {
  const count = parameterCount(model);
  const state = optimizer(name).state(hyper);
  return {
    params: new Float32Array(count),
    state: Object.fromEntries(state.map((key) => [key, new Float32Array(count)])),
  };
}

function writeInitial(file: string, { model, seed }: RunConfig, params: Float32Array): string {
  initialize(model, seed, params);
  writeSafetensors(file, { tensors: toLlama(model, params), metadata: {} });
  return file;
}

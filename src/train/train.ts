// The training loop: batch, gradient, clip, update, log; checkpoints so that a killed run ends with the same bits.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { InterruptedError, UserError } from '../core/errors.ts';
import { YIELD_MS } from '../core/yield.ts';
import type { PreparedData } from '../data/index.ts';
import { createSampler, examplesOf } from '../data/index.ts';
import { fileErrorText } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { exampleWidth } from '../model/objectives/registry.ts';
import { parameters } from '../model/parameters.ts';
import { batchPlan } from '../optim/batch-schedules.ts';
import { checkGroups } from '../optim/names.ts';
import { MachineCodeError } from '../runtime/backend.ts';
import type { Engine } from '../runtime/engine.ts';
import { openEngine } from '../runtime/open-engine.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import { measureAccuracy } from './accuracy.ts';
import { type RunCounters, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { RunConfig } from './config.ts';
import { checkEnd } from './divergence.ts';
import { evaluate } from './evaluate.ts';
import { checkFits } from './fit.ts';
import { cutMetrics } from './metrics.ts';
import { createLiveProbes, type LiveProbes } from './probes/live.ts';
import { createRecorder, type Recorder, round } from './recorder.ts';
import { readBatch, type StepRecord, takeStep } from './step.ts';
import { checkVouched, vouch } from './vouch.ts';

export interface TrainOptions {
  data: PreparedData;
  /**
   * Folder for metrics.jsonl and checkpoint.safetensors, made if it is not there; a run found there is continued. None: nothing is
   * written.
   */
  attemptDir?: string;
  /** Threads of ONNX Runtime (default 1). Another number gives other rounding, so other bits. */
  threads?: number;
  /** Where to compute (default cpu). Another device rounds otherwise, and a GPU not the same way each time. */
  device?: DeviceName;
  /** Keep few activations and compute the others again: the same bits, less memory, more time. */
  recompute?: boolean;
  /** Seconds between checkpoints (default 20). */
  checkpointSeconds?: number;
  onProgress?(progress: TrainProgress): void;
  /** Called with the engine before the first step of this attempt, and after every step: to record or to probe. */
  onStart?(engine: Engine): void | Promise<void>;
  onStep?(step: StepRecord, engine: Engine): void | Promise<void>;
  /** When aborted: checkpoint, then throw InterruptedError. */
  signal?: AbortSignal;
  /** Called before anything is written to `attemptDir`; throws when the folder is no longer this process's. */
  beforeWrite?(): void;
}

export interface TrainProgress {
  step: number;
  steps: number;
  /** Smoothed training loss, nats per prediction. */
  loss: number;
  lr: number;
  tokensPerSecond: number;
}

export interface RunOutcome {
  status: 'done' | 'diverged';
  /** Why a run counts as diverged. */
  reason?: string;
  /** Steps taken of `steps`. */
  step: number;
  steps: number;
  tokens: number;
  /** Mean training loss over the last 5% of the steps, nats per prediction (token, masked token, image). */
  trainLoss: number | null;
  valLoss: number | null;
  valBitsPerByte: number | null;
  /** Of a model that classifies: share of the validation images whose class it gives the highest probability. */
  valAccuracy?: number;
  valTokens: number;
  /** SHA-256 of the final parameters: equal hashes are equal bits. */
  paramsSha256: string;
  /** Training time over all attempts. */
  seconds: number;
  tokensPerSecond: number;
  threads: number;
  /** Where it was computed, if not on the CPU. */
  device?: DeviceName;
}

const TAIL_SHARE = 0.05;

/**
 * Trains one model as `config` says. The outcome is `diverged` when the loss is lost (see divergence.ts).
 * Throws UserError for a config that does not fit the data, CheckpointError for a damaged checkpoint in
 * `attemptDir`, InterruptedError when `signal` stops it.
 */
export async function train(config: RunConfig, options: TrainOptions): Promise<RunOutcome> {
  try {
    return await trainWith(config, options);
  } catch (error) {
    if (!(error instanceof MachineCodeError)) throw error;
    // Kernels are made without it from here on: the run begins again, or goes on from its checkpoint.
    return trainWith(config, options);
  }
}

async function trainWith(config: RunConfig, options: TrainOptions): Promise<RunOutcome> {
  const {
    data,
    attemptDir,
    threads = 1,
    device = 'cpu',
    recompute,
    checkpointSeconds = 20,
    signal,
  } = options;
  const { model, batchSize, steps } = config;
  checkGroups(config.optimizer.name, parameters(model));
  // Validation that is too short must not come out at the end of a long run.
  examplesOf(model, data.validation, data);
  const sampler = createSampler({ examples: examplesOf(model, data.train, data), seed: config.seed });
  if (device !== 'cpu' && config.probes && config.probes.length > 0)
    throw new UserError('probes during training measure on the CPU: leave them out, or take --device cpu');
  if (device !== 'cpu' && recompute)
    throw new UserError('activations are computed again on the CPU only: leave out --recompute or --device');
  const { microBatch, optimizer } = config;
  if (device === 'cpu') checkFits(config, { recompute });
  if (attemptDir !== undefined) makeAttemptFolder(attemptDir);
  const engine = await openEngine({ model, optimizer, microBatch, threads, recompute }, device);
  let probes: LiveProbes | undefined;
  let recorder: Recorder | undefined;
  try {
    const checkpointFile = attemptDir && join(attemptDir, 'checkpoint.safetensors');
    const metricsFile = attemptDir && join(attemptDir, 'metrics.jsonl');
    engine.initialize(config.seed);
    const counters: RunCounters = (checkpointFile && readCheckpoint(checkpointFile, config, engine)) || {
      step: 0,
      seconds: 0,
      interval: { steps: 0, loss: 0, gradNorm: 0, clipped: 0 },
      tail: { loss: 0, steps: 0 },
      smooth: null,
      above: 0,
    };
    await engine.push();
    options.beforeWrite?.();
    if (metricsFile) cutMetrics(metricsFile, counters.step);
    if (attemptDir) checkVouched(counters.vouched, vouch(attemptDir, counters.step), attemptDir);
    await options.onStart?.(engine);

    const before = counters.seconds;
    const started = performance.now();
    const probesFile = attemptDir && join(attemptDir, 'probes.jsonl');
    probes = createLiveProbes(config, probesFile, counters.step, {
      ...{ data, threads, signal },
      beforeWrite: options.beforeWrite,
    });
    const clock = () => before + (performance.now() - started) / 1000 - (probes?.seconds() ?? 0);
    const save = async () => {
      await engine.pull();
      counters.seconds = clock();
      options.beforeWrite?.();
      if (attemptDir) counters.vouched = vouch(attemptDir, counters.step);
      if (checkpointFile) writeCheckpoint(checkpointFile, config, engine, counters);
    };
    const firstStep = counters.step;
    const plan = batchPlan(batchSize, config.batchSchedule);
    const tokensAt = (step: number) => plan.at(step).first * model.seqLen;
    // On a device the parameters are not here to be looked at.
    const look = device === 'cpu';
    recorder = createRecorder(config, engine, { file: metricsFile, counters, tokensAt, clock, look });
    const batch = new Int32Array(batchSize * exampleWidth(model));
    let saved = performance.now();
    let yielded = performance.now();

    const probe = async () => {
      try {
        await probes?.at(counters.step, engine);
      } catch (error) {
        if (error instanceof InterruptedError) await save();
        throw error;
      }
    };
    while (counters.step < steps && !counters.reason) {
      await probe();
      recorder.before();
      const taken = await takeStep(engine, sampler, config, counters, batch);
      if (!taken) break;
      if (counters.step > steps - Math.ceil(TAIL_SHARE * steps)) {
        counters.tail.loss += taken.loss;
        counters.tail.steps++;
      }
      await options.onStep?.(taken, engine);

      const evaluateNow =
        config.eval.every > 0 && counters.step % config.eval.every === 0 && counters.step < steps;
      const valLoss = evaluateNow ? (await evaluate(engine, config, data)).loss : undefined;
      options.beforeWrite?.();
      recorder.after(taken, valLoss);
      const now = performance.now();
      if (now - yielded > YIELD_MS) {
        options.onProgress?.({
          step: counters.step,
          steps,
          loss: counters.smooth!,
          lr: taken.lr,
          tokensPerSecond: (tokensAt(counters.step) - tokensAt(firstStep)) / (clock() - before),
        });
        await setImmediate();
        yielded = performance.now();
        if (signal?.aborted) {
          await save();
          throw signal.reason instanceof InterruptedError
            ? signal.reason
            : new InterruptedError('interrupted');
        }
      }
      if (now - saved > checkpointSeconds * 1000) {
        await save();
        saved = performance.now();
      }
    }

    if (!counters.reason) await probe();
    counters.seconds = clock();
    const validation = counters.reason ? undefined : await evaluate(engine, config, data);
    const lastLoss = async () => {
      const { sequences, size } = readBatch(sampler, config, steps - 1, batch);
      return await engine.loss(sequences, size);
    };
    const reason = validation ? await checkEnd(validation.loss, model, lastLoss) : counters.reason;
    // Also the state from which probes and other tools read the trained model.
    await save();
    const classifies = model.objective === 'classify' && !reason;
    const accuracy = classifies ? await measureAccuracy(engine.params, config, data, threads) : undefined;
    const seconds = counters.seconds;
    return {
      status: reason ? 'diverged' : 'done',
      ...(reason ? { reason } : {}),
      step: counters.step,
      steps,
      tokens: tokensAt(counters.step),
      trainLoss: counters.tail.steps > 0 ? counters.tail.loss / counters.tail.steps : null,
      valLoss: reason || !validation ? null : validation.loss,
      valBitsPerByte: reason || !validation ? null : validation.bitsPerByte,
      ...(accuracy === undefined ? {} : { valAccuracy: accuracy }),
      valTokens: validation?.tokens ?? 0,
      paramsSha256: sha256(engine.params),
      seconds: round(seconds),
      tokensPerSecond: Math.round(tokensAt(counters.step) / Math.max(seconds, 1e-9)),
      threads,
      ...(device === 'cpu' ? {} : { device }),
    };
  } finally {
    recorder?.close();
    await probes?.close();
    await engine.close();
  }
}

/** The folder of an attempt. Throws UserError when there cannot be one, before anything is trained. */
function makeAttemptFolder(dir: string): void {
  try {
    makeFolder(dir);
  } catch (error) {
    throw new UserError(`attemptDir: cannot make the folder ${dir}: ${fileErrorText(error)}`);
  }
}

/** In parts, because a hash takes at most 2 GiB at once. */
function sha256(values: Float32Array): string {
  const hash = createHash('sha256');
  const part = 2 ** 28;
  for (let at = 0; at < values.length; at += part) hash.update(values.subarray(at, at + part));
  return hash.digest('hex');
}

// One attempt at a run: the engine and the files that it needs, opened together,
// saved together and closed together.
import { join } from 'node:path';
import { InterruptedError, UserError } from '../core/errors.ts';
import type { PreparedData } from '../data/index.ts';
import { createSampler, examplesOf } from '../data/index.ts';
import type { Sampler } from '../data/sampler.ts';
import { fileErrorText } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { exampleWidth } from '../model/objectives/registry.ts';
import { parameters } from '../model/parameters.ts';
import { batchPlan } from '../optim/batch-schedules.ts';
import { checkGroups } from '../optim/names.ts';
import type { Engine } from '../runtime/engine.ts';
import { openEngine } from '../runtime/open-engine.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import { type RunCounters, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { RunConfig } from './config.ts';
import { checkFits } from './fit.ts';
import type { TrainOptions } from './options.ts';
import { createLiveProbes, type LiveProbes } from './probes/live.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { resumeLines, vouch } from './vouch.ts';

export interface OpenRun {
  config: RunConfig;
  data: PreparedData;
  threads: number;
  device: DeviceName;
  engine: Engine;
  sampler: Pick<Sampler, 'sequence'>;
  recorder: Recorder;
  /** Where the run stands; after a checkpoint, where that one stood. */
  counters: RunCounters;
  /** Room for the sequences of a step. */
  batch: Int32Array;
  /** Training tokens of so many steps. */
  tokensAt(step: number): number;
  /** Seconds of training so far, over all attempts, without those of probes. */
  seconds(): number;
  /** Training tokens per second of this attempt alone. */
  speed(): number;
  /** Measures what is due before the next step. */
  probe(): Promise<void>;
  /** Writes a checkpoint, where there is a folder for it. */
  save(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Throws UserError for a configuration that does not fit the data or the memory,
 * CheckpointError for a damaged checkpoint.
 */
export async function openAttempt(config: RunConfig, options: TrainOptions): Promise<OpenRun> {
  const { data, attemptDir, threads = 1, device = 'cpu', recompute, signal, beforeWrite } = options;
  const { model, batchSize, microBatch, optimizer } = config;
  if (config.dtype)
    throw new UserError(`${config.dtype} is for --engine torch: this engine computes in float32`);
  checkGroups(optimizer.name, parameters(model));
  // Validation that is too short must not come out at the end of a long run.
  examplesOf(model, data.validation, data);
  const sampler = createSampler({ examples: examplesOf(model, data.train, data), seed: config.seed });
  if (device !== 'cpu' && config.probes && config.probes.length > 0)
    throw new UserError('probes during training measure on the CPU: leave them out, or take --device cpu');
  if (device !== 'cpu' && recompute)
    throw new UserError('activations are computed again on the CPU only: leave out --recompute or --device');
  if (device === 'cpu') checkFits(config, { recompute });
  if (attemptDir !== undefined) makeAttemptFolder(attemptDir);
  const engine = await openEngine({ model, optimizer, microBatch, threads, recompute }, device);
  let probes: LiveProbes | undefined;
  let recorder: Recorder | undefined;
  const close = async () => {
    recorder?.close();
    await probes?.close();
    await engine.close();
  };
  try {
    const fileOf = (name: string) => attemptDir && join(attemptDir, name);
    const checkpointFile = fileOf('checkpoint.safetensors');
    engine.initialize(config.seed);
    const counters = (checkpointFile && readCheckpoint(checkpointFile, config, engine)) || atStart();
    await engine.push();
    beforeWrite?.();
    if (attemptDir) resumeLines(attemptDir, counters);
    await options.onStart?.(engine);

    const before = { step: counters.step, seconds: counters.seconds };
    const started = performance.now();
    probes = createLiveProbes(config, fileOf('probes.jsonl'), counters.step, {
      ...{ data, threads, signal },
      beforeWrite,
    });
    const trained = () => (performance.now() - started) / 1000 - (probes?.seconds() ?? 0);
    const seconds = () => before.seconds + trained();
    const plan = batchPlan(batchSize, config.batchSchedule);
    const tokensAt = (step: number) => plan.at(step).first * model.seqLen;
    const save = async () => {
      await engine.pull();
      counters.seconds = seconds();
      beforeWrite?.();
      if (attemptDir) counters.vouched = vouch(attemptDir, counters.step);
      if (checkpointFile) writeCheckpoint(checkpointFile, config, engine, counters);
    };
    recorder = createRecorder(config, engine, {
      ...{ file: fileOf('metrics.jsonl'), counters, tokensAt, clock: seconds },
      // On a device the parameters are not here to be looked at.
      look: device === 'cpu',
    });
    return {
      ...{
        config,
        data,
        threads,
        device,
        engine,
        sampler,
        recorder,
        counters,
        tokensAt,
        seconds,
        save,
        close,
      },
      batch: new Int32Array(batchSize * exampleWidth(model)),
      speed: () => (tokensAt(counters.step) - tokensAt(before.step)) / trained(),
      async probe() {
        try {
          await probes?.at(counters.step, engine);
        } catch (error) {
          if (error instanceof InterruptedError) await save();
          throw error;
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export const atStart = (): RunCounters => ({
  step: 0,
  seconds: 0,
  interval: { steps: 0, loss: 0, gradNorm: 0, clipped: 0 },
  tail: { loss: 0, steps: 0 },
  smooth: null,
  above: 0,
});

/** The folder of an attempt. Throws UserError when there cannot be one, before anything is trained. */
export function makeAttemptFolder(dir: string): void {
  try {
    makeFolder(dir);
  } catch (error) {
    throw new UserError(`attemptDir: cannot make the folder ${dir}: ${fileErrorText(error)}`);
  }
}

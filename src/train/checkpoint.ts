// A run's checkpoint: parameters under Llama's names, optimizer state beside them,
// and the run's own counters.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { CheckpointError } from '../core/errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { parameterCount } from '../model/parameters.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunConfig } from './config.ts';
import { fromLlama, type ModelText, toLlama, writeLlamaFolder } from './llama.ts';
import { runId } from './run-id.ts';
import { readMetadata, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts';
import { vouched } from './vouch.ts';

/** What a run knows beside its tensors; everything that its later bits depend on. */
export const runCounters = z.strictObject({
  /** Steps taken. */
  step: z.int().nonnegative(),
  /** Training time so far, seconds, over all attempts. */
  seconds: z.number().nonnegative(),
  /** Sums since the last metrics line. */
  interval: z.strictObject({ steps: z.int(), loss: z.number(), gradNorm: z.number(), clipped: z.int() }),
  /** Sum and number of losses in the last 5% of the steps. */
  tail: z.strictObject({ loss: z.number(), steps: z.int() }),
  /** Smoothed loss, and for how many steps in a row it has been above the uniform distribution's. */
  smooth: z.number().nullable(),
  above: z.int(),
  /** Why the run was given up, once it has been: started again, it must not go on. */
  reason: z.string().optional(),
  /** What the files beside the checkpoint were when it was written. */
  vouched: vouched.optional(),
});
export type RunCounters = z.infer<typeof runCounters>;

const STATE = 'optimizer.';

export function writeCheckpoint(
  file: string,
  config: RunConfig,
  engine: Engine,
  counters: RunCounters,
): void {
  const tensors: Record<string, StoredTensor> = toLlama(config.model, engine.params);
  for (const [name, data] of Object.entries(engine.state))
    tensors[STATE + name] = { shape: [data.length], data };
  writeSafetensors(file, { tensors, metadata: { gaplab: JSON.stringify(counters), run: runId(config) } });
}

/**
 * Restores `engine` and returns the counters; undefined when there is no file. Throws
 * CheckpointError when it is damaged, or that of another run.
 */
export function readCheckpoint(
  file: string,
  config: RunConfig,
  engine: Pick<Engine, 'params' | 'state'>,
): RunCounters | undefined {
  if (!existsSync(file)) return undefined;
  const { model } = config;
  // Straight to where they belong: a large model has no room for a second copy.
  const places: Record<string, StoredTensor> = toLlama(model, engine.params);
  const place = (name: string) =>
    name.startsWith(STATE) ? engine.state[name.slice(STATE.length)] : places[name]?.data;
  const { tensors, metadata } = readSafetensors(file, place);
  // Older versions did not write whose it is.
  if (metadata.run !== undefined && metadata.run !== runId(config))
    throw new CheckpointError(
      `${file} is the checkpoint of run ${metadata.run}, but the configuration given is that of run ${runId(config)}`,
    );
  let counters: RunCounters;
  try {
    counters = runCounters.parse(JSON.parse(metadata.gaplab));
  } catch {
    throw new CheckpointError(`${file}: no counters of a run in it; not a checkpoint of gaplab`);
  }
  fromLlama(model, tensors, engine.params, file);
  for (const [name, into] of Object.entries(engine.state)) {
    const tensor = tensors[STATE + name];
    if (!(tensor?.data instanceof Float32Array) || tensor.data.length !== into.length)
      throw new CheckpointError(`${file}: optimizer state "${name}" is missing or has another size`);
    if (tensor.data !== into) into.set(tensor.data);
  }
  return counters;
}

/** Id of the run that a checkpoint is of; undefined where there is none that says so. */
export function runOfCheckpoint(file: string): string | undefined {
  try {
    return readMetadata(file).run;
  } catch {
    return undefined; // damaged or not there: training tells which
  }
}

/**
 * Writes the model of a checkpoint as a Hugging Face folder (LlamaForCausalLM),
 * without the optimizer's state.
 */
export function exportCheckpoint(file: string, model: ModelConfig, dir: string, text?: ModelText): void {
  const params = new Float32Array(parameterCount(model));
  const places = toLlama(model, params);
  fromLlama(model, readSafetensors(file, (name) => places[name]?.data ?? 'skip').tensors, params, file);
  writeLlamaFolder(dir, model, params, text);
}

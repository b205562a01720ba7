// How fast this machine trains a model: a few gradients, updates and evaluations of the model itself, timed.
import { InterruptedError } from '../core/errors.ts';
import { exampleWidth } from '../model/objectives/registry.ts';
import type { Engine } from '../runtime/engine.ts';
import { defaultMicroBatch } from '../runtime/micro-batch.ts';
import { openEngine } from '../runtime/open-engine.ts';
import { checkFits } from '../train/fit.ts';
import type { Draft } from './resolve.ts';

/** Seconds that one figure is measured for; a model that takes longer is measured once. */
const LONG_ENOUGH = 0.25;

export interface Speed {
  /** Seconds until a run trains. */
  start: number;
  /** Seconds of a sequence in a gradient of `microBatch` sequences at once. */
  gradient(microBatch: number): number;
  /** Seconds of an update, by arm. */
  update: Record<string, number>;
  /** Seconds of a sequence in an evaluation. */
  forward: number;
}

export async function measureSpeed(
  label: string,
  draft: Draft,
  { threads, signal }: { threads: number; signal?: AbortSignal },
): Promise<Speed> {
  const model = draft.models[label];
  const gradient = new Map<number, number>();
  const update: Record<string, number> = {};
  let [start, forward] = [0, 0];
  for (const [arm, { optimizer }] of Object.entries(draft.optimizers))
    for (const batchSize of draft.batchSizes) {
      const microBatch = microBatchOf(draft, arm, label, batchSize);
      if (gradient.has(microBatch) && arm in update) continue;
      const config = {
        model,
        optimizer: { name: optimizer, hyper: armHyper(draft, arm) },
        batchSize,
        microBatch,
      };
      checkFits(config);
      const before = performance.now();
      const engine = await openEngine({ ...config, threads }, 'cpu');
      try {
        engine.initialize(1);
        const sequences = new Int32Array(microBatch * exampleWidth(model)).fill(1);
        const time = async (work: () => unknown) => (await timed(work, signal)) / microBatch;
        await engine.gradient(sequences, microBatch);
        start = Math.max(start, (performance.now() - before) / 1000);
        gradient.set(microBatch, await time(() => engine.gradient(sequences, microBatch)));
        update[arm] ??= await timed(() => updated(engine), signal);
        forward = await time(() => engine.loss(sequences, microBatch));
      } finally {
        await engine.close();
      }
    }
  return { start, gradient: (microBatch) => gradient.get(microBatch)!, update, forward };
}

const updated = (engine: Engine) => engine.update({ lr: 1e-9, step: 1, clip: 1 });

/** Seconds of `work`: the fastest of several times, as other work on the machine only ever slows it down. */
async function timed(work: () => unknown, signal?: AbortSignal): Promise<number> {
  const began = performance.now();
  let best = Number.POSITIVE_INFINITY;
  while (performance.now() - began < 1000 * LONG_ENOUGH || best === Number.POSITIVE_INFINITY) {
    if (signal?.aborted) throw signal.reason ?? new InterruptedError('interrupted');
    const before = performance.now();
    await work();
    best = Math.min(best, (performance.now() - before) / 1000);
  }
  return best;
}

/** Hyperparameters of an arm with the first value of each axis. */
export const armHyper = ({ optimizers }: Draft, label: string): Record<string, number> => ({
  ...optimizers[label].hyper,
  ...Object.fromEntries(Object.entries(optimizers[label].axes).map(([key, [first]]) => [key, first])),
});

export const microBatchOf = (draft: Draft, arm: string, model: string, batchSize: number): number =>
  Math.min(
    draft.optimizers[arm].microBatch ?? draft.microBatch ?? defaultMicroBatch(draft.models[model], batchSize),
    batchSize,
  );

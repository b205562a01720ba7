// For tests: a device engine beside the engine of the CPU, step by step.
import assert from 'node:assert/strict';
import { createRng } from '../../../core/rng.ts';
import type { ModelConfig } from '../../../model/config.ts';
import { maskTokens } from '../../../model/objectives/masked.ts';
import { exampleWidth, objectiveOf } from '../../../model/objectives/registry.ts';
import { modelPreset } from '../../../model/presets.ts';
import { optimizer, optimizers, resolveHyper } from '../../../optim/registry.ts';
import { transforms } from '../../../optim/transforms.ts';
import { createEngine, type Engine, type EngineConfig } from '../../engine.ts';
import { host } from '../host.ts';
import { openDevice } from '../ort/device.ts';
import type { DeviceName } from './device.ts';
import { createDeviceEngine } from './engine.ts';

export const model = modelPreset('tiny', {
  vocabSize: 50,
  dim: 8,
  ffnDim: 12,
  seqLen: 6,
  layers: 1,
  initStd: 0.3,
});
const MICRO_BATCH = 3;
/** Smaller than a micro-batch, equal, several, with and without a smaller one at the end. */
const BATCHES = [2, 3, 6, 8];

/** The same shape with the other objectives. */
export const others: Record<string, ModelConfig> = {
  mlm: { ...model, objective: 'mlm', maskRate: 0.4 },
  classify: { ...model, vocabSize: 5, objective: 'classify', patch: 3, positions: 'learned' },
};

export function sequencesOf(batch: number, seed: number, of = model): Int32Array {
  const rng = createRng(seed, 'sequences');
  const width = exampleWidth(of);
  const label = objectiveOf(of).targets(of).at;
  const rows = Int32Array.from({ length: batch * width }, (_, i) =>
    rng.below(of.objective === 'classify' && i % width < label ? 256 : of.vocabSize),
  );
  if (of.objective === 'mlm')
    for (let i = 0; i < batch; i++)
      maskTokens(of, of.vocabSize - 1, rng, rows.subarray(i * width, (i + 1) * width));
  return rows;
}

export const tinyConfig = (name: string, partial: Record<string, number> = {}, of = model): EngineConfig => ({
  model: of,
  optimizer: { name, hyper: resolveHyper(name, partial) },
  microBatch: MICRO_BATCH,
  threads: 1,
});

/** Every optimizer, and some of what can be put together of them. */
export const rules = [
  ...Object.keys(optimizers),
  'adam#sgd',
  'rest=sgd,head=adam',
  ...Object.keys(transforms).map((name) => `sgd+${name}`),
];

/**
 * Rules that measure each tensor, for a model whose parameters are stacks of tensors:
 * Q, K, V and the experts.
 */
export const perTensor: readonly [name: string, hyper: Record<string, number>, lr?: number][] = [
  ['adam#sgd', { layerwise: 1 }],
  ['sgd#adam', { layerwise: 1 }],
  // A step of the first guess, 1, is as long as a tensor itself.
  ['nsgd', { layerwise: 1 }, 0.05],
  ['adafactor', {}],
  ['sgd+layerClip', { maxNorm: 0.05 }],
];
export const stacked: ModelConfig = { ...model, mlp: 'moe', experts: 3, topK: 2 };

/** Norm of the difference relative to the norm of `b`. */
export function relative(a: Float32Array, b: Float32Array): number {
  const norm = (f: (x: number, i: number) => number) => Math.hypot(...Array.from(b, f));
  return norm((x, i) => a[i] - x) / (norm((x) => x) || 1);
}

/** Fails unless some steps have the losses, norms, parameters and state that they have on the CPU. */
export async function sameAsCpu(
  device: DeviceName,
  name: string,
  partial: Record<string, number> = {},
  of = model,
  lr = optimizer(name).lrGuess,
) {
  const config = tinyConfig(name, partial, of);
  const here = await createEngine(config, host);
  let other: Engine | undefined;
  try {
    other = await createDeviceEngine(config, openDevice(device));
    for (const engine of [here, other]) engine.initialize(1);
    for (const [step, batch] of [...BATCHES, ...BATCHES].entries()) {
      const losses: number[] = [];
      const norms: number[] = [];
      for (const engine of [here, other]) {
        losses.push(await engine.gradient(sequencesOf(batch, step, of), batch));
        const tokens = { seen: step * 36, now: 36 };
        const { gradNorm } = engine.update({ lr, step, clip: 1, tokens });
        norms.push(gradNorm);
        assert.equal(engine.gradNorm(), gradNorm);
      }
      assert.ok(Math.abs(losses[0] - losses[1]) < 1e-4, `step ${step}: losses ${losses}`);
      assert.ok(Math.abs(norms[0] / norms[1] - 1) < 1e-3, `step ${step}: norms ${norms}`);
    }
    const last = sequencesOf(4, 99, of);
    const losses = [await here.loss(last, 4), await other.loss(last, 4)];
    assert.ok(Math.abs(losses[0] - losses[1]) < 1e-4, `validation ${losses}`);
    await other.pull();
    assert.ok(
      relative(other.params, here.params) < 1e-3,
      `parameters ${relative(other.params, here.params)}`,
    );
    for (const key of Object.keys(here.state))
      assert.ok(relative(other.state[key], here.state[key]) < 1e-2, `state ${key}`);
  } finally {
    await here.close();
    await other?.close();
  }
}

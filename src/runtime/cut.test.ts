// One batch, one gradient: whatever it is cut into, for every kind of layer and every objective.
// Pieces change rounding alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelConfig } from '../model/config.ts';
import { modelTensors, parameters } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import { variants } from '../model/variants.testing.ts';
import { createEngine } from './engine.ts';
import { others, sequencesOf } from './targets/gpu/same-as-cpu.testing.ts';
import { host } from './targets/host.ts';

const shape = { vocabSize: 50, dim: 8, heads: 2, ffnDim: 12, seqLen: 6, layers: 2, initStd: 0.3 };
const models: Record<string, ModelConfig> = {
  usual: modelPreset('tiny', shape),
  ...Object.fromEntries(
    Object.entries(variants).map(([name, words]) => [name, modelPreset('tiny', { ...shape, ...words })]),
  ),
  // A penalty that is as large as the loss would show anything of it that depends on the pieces.
  balanced: modelPreset('tiny', { ...shape, ...variants.moe, balance: 3 }),
  ...others,
};

const BATCH = 6;
/** One by one, equal pieces, a smaller one at the end, all at once. */
const CUTS = [1, 3, 4];

async function gradientOf(model: ModelConfig, microBatch: number) {
  const optimizer = { name: 'signsgd', hyper: {} };
  const engine = await createEngine({ model, optimizer, microBatch, threads: 1 }, host);
  try {
    engine.initialize(1);
    const loss = await engine.gradient(sequencesOf(BATCH, 1, model), BATCH);
    return { loss, norm: engine.gradNorm(), grads: engine.grads.slice() };
  } finally {
    await engine.close();
  }
}

for (const [name, model] of Object.entries(models))
  test(`${name}: pieces have the loss and the gradient of the whole batch`, async () => {
    const whole = await gradientOf(model, BATCH);
    for (const microBatch of CUTS) {
      const cut = await gradientOf(model, microBatch);
      assert.ok(Math.abs(cut.loss - whole.loss) < 1e-5, `${microBatch}: ${cut.loss}, not ${whole.loss}`);
      assert.ok(Math.abs(cut.norm / whole.norm - 1) < 1e-5);
      for (const { name, offset, size } of modelTensors(parameters(model))) {
        let [error, length] = [0, 0];
        for (let i = offset; i < offset + size; i++) {
          error += (cut.grads[i] - whole.grads[i]) ** 2;
          length += whole.grads[i] ** 2;
        }
        // Float32 has 6e-8; a few hundred terms are added in another order.
        assert.ok(Math.sqrt(error) <= 1e-5 * Math.sqrt(length) + 1e-7 * whole.norm, `${microBatch}: ${name}`);
      }
    }
  });

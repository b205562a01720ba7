import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { initialize, parameterCount } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import { createPieces } from './pieces.ts';
import { host } from './targets/host.ts';

const model = modelPreset('tiny', { seqLen: 8, vocabSize: 32, initStd: 0.2 });
const rng = createRng(3, 'pieces');
const sequences = Int32Array.from({ length: 7 * (model.seqLen + 1) }, () => rng.below(model.vocabSize));

async function gradientInPieces(microBatch: number, count: number, before = 0) {
  const params = new Float32Array(parameterCount(model));
  const grads = new Float32Array(params.length).fill(before);
  initialize(model, 1, params);
  const pieces = createPieces({ model, microBatch, threads: 1, params, grads }, host);
  const loss = await pieces.gradient(sequences, count);
  await pieces.close();
  return { loss, grads };
}

test('gradients added up by the graph are those of the whole, whatever the buffer held', async () => {
  const whole = await gradientInPieces(7, 7);
  const largest = whole.grads.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  assert.ok(largest > 0.1);
  for (const size of [1, 2, 3, 6]) {
    const parts = await gradientInPieces(size, 7, 5);
    assert.ok(Math.abs(parts.loss - whole.loss) < 1e-6);
    parts.grads.forEach((g, i) => {
      assert.ok(Math.abs(g - whole.grads[i]) < 1e-5 * largest, `pieces of ${size}, element ${i}`);
    });
  }
});

test('a whole batch leaves nothing of the gradient before it', async () => {
  assert.deepEqual((await gradientInPieces(4, 4, 9)).grads, (await gradientInPieces(4, 4)).grads);
});

test('several threads lose nothing: the same bits each time, however often a token comes', async () => {
  const wide = modelPreset('tiny', { seqLen: 512, vocabSize: 64, dim: 768, heads: 12, ffnDim: 32 });
  const ids = Int32Array.from({ length: wide.seqLen + 1 }, (_, i) => i % 3);
  const params = new Float32Array(parameterCount(wide));
  initialize(wide, 1, params);
  const gradient = async (threads: number, times: number) => {
    const grads = new Float32Array(params.length);
    const pieces = createPieces({ model: wide, microBatch: 1, threads, params, grads }, host);
    const made: Float32Array[] = [];
    for (let i = 0; i < times; i++) {
      await pieces.gradient(ids, 1);
      made.push(grads.slice());
    }
    await pieces.close();
    return made;
  };
  const [one] = await gradient(1, 1);
  const largest = one.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const [first, ...rest] = await gradient(2, 8);
  for (const other of rest)
    assert.ok(
      other.every((g, i) => g === first[i]),
      'other bits',
    );
  const off = first.reduce((most, g, i) => Math.max(most, Math.abs(g - one[i])), 0);
  assert.ok(off < 1e-5 * largest, `${off} of ${largest}`);
});

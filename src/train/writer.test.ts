// Written text follows the model: what it was trained to say it says, and a stream
// of random numbers fixes the rest.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { modelPreset } from '../model/presets.ts';
import { resolveHyper } from '../optim/registry.ts';
import { createEngine } from '../runtime/engine.ts';
import { host } from '../runtime/targets/host.ts';
import { openWriter } from './writer.ts';

const model = modelPreset('tiny', { vocabSize: 16, seqLen: 8 });

describe('a model that has learned to count', async () => {
  const engine = await createEngine(
    { model, optimizer: { name: 'adam', hyper: resolveHyper('adam') }, microBatch: 8, threads: 1 },
    host,
  );
  engine.initialize(1);
  const batch = Int32Array.from({ length: 16 * 9 }, (_, i) => (Math.floor(i / 9) + (i % 9)) % 16);
  for (let step = 0; step < 150; step++) {
    await engine.gradient(batch, 16);
    engine.update({ lr: 0.01, step, clip: 1 });
  }
  const writer = await openWriter(model, engine.params, { backend: host, threads: 1 });

  after(() => Promise.all([writer.close(), engine.close()]));

  test('counts on, also past the length of its sequences', async () => {
    const options = { temperature: 0, rng: createRng(1, 'text') };
    assert.deepEqual(
      [...(await writer.write([3], 20, options))],
      Array.from({ length: 20 }, (_, i) => (i + 4) % 16),
    );
    assert.deepEqual([...(await writer.write([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3, options))], [11, 12, 13]);
  });

  test('draws by its stream: the same ids from the same one, others from another when it is hot', async () => {
    const ids = (seed: number, temperature: number) =>
      writer.write([3], 30, { temperature, rng: createRng(seed, 'text') });
    assert.deepEqual(await ids(1, 5), await ids(1, 5));
    assert.notDeepEqual(await ids(1, 5), await ids(2, 5));
    // Cold, the likeliest token is nearly always drawn.
    assert.deepEqual(await ids(2, 0.05), await ids(1, 0));
  });

  test('sees the parameters of the moment', async () => {
    const { params } = engine;
    const kept = params.slice();
    params.fill(0);
    const blank = await writer.write([3], 5, { temperature: 0, rng: createRng(1, 'text') });
    params.set(kept);
    // All logits are equal, and the first is taken.
    assert.deepEqual([...blank], [0, 0, 0, 0, 0]);
  });

  test('an empty prompt and a model of another kind are refused', async () => {
    await assert.rejects(writer.write([], 1, { temperature: 0, rng: createRng(1, 'text') }), RangeError);
    await assert.rejects(
      openWriter({ ...model, objective: 'mlm' }, engine.params, { backend: host, threads: 1 }),
      /objective mlm writes no text/,
    );
  });
});

// The parity kit: every file of its contract, with the shapes it promises, and values that belong together.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSampler, tokenWindows } from '../data/index.ts';
import { MANIFEST } from '../files/manifest.ts';
import { parameterCount } from '../model/parameters.ts';
import { createEngine } from '../runtime/engine.ts';
import { host } from '../runtime/targets/host.ts';
import type { RunConfig } from './config.ts';
import { readLlamaFolder, toLlama } from './llama.ts';
import { readSafetensors } from './safetensors.ts';
import { scratch, syntheticData, tinyRun } from './tiny-run.testing.ts';
import { trace } from './trace.ts';
import { train } from './train.ts';

const data = syntheticData();

async function traced(changes: Partial<RunConfig> = {}) {
  const dir = join(scratch(), 'new', 'trace');
  const config = tinyRun({ steps: 7, batchSize: 5, microBatch: 2, ...changes });
  return { dir, config, record: await trace(config, dir, { data }) };
}

test('all files, and the shapes they promise', async () => {
  const { dir, config, record } = await traced();
  assert.deepEqual(readdirSync(dir).toSorted(), [
    ...[
      MANIFEST,
      'batches.safetensors',
      'final',
      'gradients.safetensors',
      'init',
      'trace.json',
      'validation.safetensors',
    ],
  ]);
  assert.deepEqual(JSON.parse(readFileSync(join(dir, 'trace.json'), 'utf8')), record);
  assert.equal(record.schema, 1);
  assert.deepEqual(record.config, config);
  assert.equal(record.steps.length, 7);
  assert.deepEqual([record.status, record.valTokens, record.threads], ['done', 200, 1]);
  const { batches } = readSafetensors(join(dir, 'batches.safetensors')).tensors;
  assert.deepEqual(batches.shape, [7, 5, 9]);
  const sampler = createSampler({ examples: tokenWindows(data.train, 8), seed: 1 });
  assert.deepEqual(batches.data.subarray(3 * 45, 4 * 45), sampler.batch(3, 5));
  const { validation } = readSafetensors(join(dir, 'validation.safetensors')).tensors;
  assert.deepEqual(validation.shape, [25, 9]);
  assert.ok(batches.data instanceof Int32Array && validation.data instanceof Int32Array);
});

test('recorded losses, gradient and validation loss are those of the recorded models and batches', async () => {
  const { dir, config, record } = await traced();
  const [init, final] = ['init', 'final'].map((name) => readLlamaFolder(join(dir, name)));
  assert.deepEqual(init.model, config.model);
  const { batches } = readSafetensors(join(dir, 'batches.safetensors')).tensors;
  const { validation } = readSafetensors(join(dir, 'validation.safetensors')).tensors;
  const engine = await createEngine({ ...config, threads: 1 }, host);
  try {
    engine.params.set(init.params);
    const first = Int32Array.from(batches.data.subarray(0, 45));
    assert.equal(await engine.gradient(first, 5), record.steps[0].loss);
    assert.equal(engine.gradNorm(), record.steps[0].gradNorm);
    const mean = toLlama(
      config.model,
      engine.grads.map((g) => g / 5),
    );
    const recorded = readSafetensors(join(dir, 'gradients.safetensors')).tensors;
    assert.deepEqual(Object.keys(recorded), Object.keys(mean));
    for (const [name, { shape, data }] of Object.entries(mean)) {
      assert.deepEqual(recorded[name].shape, shape);
      assert.deepEqual(recorded[name].data, Float32Array.from(data), name);
    }
    engine.params.set(final.params);
    const valLoss = await engine.loss(Int32Array.from(validation.data), 25);
    assert.ok(Math.abs(valLoss - record.valLoss!) < 1e-6);
  } finally {
    await engine.close();
  }
});

test('a trace trains as any run', async () => {
  const { dir, config } = await traced();
  const end: Float32Array[] = [];
  await train(config, { data, onStep: (_, engine) => void (end[0] = engine.params.slice()) });
  assert.equal(end[0].length, parameterCount(config.model));
  assert.deepEqual(readLlamaFolder(join(dir, 'final')).params, end[0]);
});

test('a run that diverges leaves the steps it took', async () => {
  const schedule = { name: 'constant', warmup: 0, final: 1 };
  const sgd = { name: 'sgd', hyper: { ...tinyRun({}, 'sgd').optimizer.hyper } };
  const { dir, record } = await traced({ lr: 1e30, clip: null, optimizer: sgd, schedule });
  assert.equal(record.status, 'diverged');
  assert.ok(record.reason && record.valLoss === null);
  const { batches } = readSafetensors(join(dir, 'batches.safetensors')).tensors;
  assert.deepEqual(batches.shape, [record.steps.length, 5, 9]);
  assert.ok(record.steps.length < 7 && !existsSync(join(dir, 'final')));
});

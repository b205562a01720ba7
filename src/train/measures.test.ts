import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelTensors, parameters } from '../model/parameters.ts';
import { resolveHyper } from '../optim/registry.ts';
import type { RunConfig } from './config.ts';
import { measuredEvery } from './measures.ts';
import type { MetricsLine } from './metrics.ts';
import { scratch, syntheticData, tinyRun } from './tiny-run.testing.ts';
import { train } from './train.ts';

const withOptimizer = (name: string, hyper: Record<string, number>, changes: Partial<RunConfig> = {}) =>
  tinyRun({ optimizer: { name, hyper: resolveHyper(name, hyper) }, ...changes });

/** Lines of a run, and what its steps did: parameters, gradient and momentum around every step, kept here. */
async function run(config: RunConfig) {
  const dir = scratch();
  const steps: { before: Float32Array; after: Float32Array; momentum?: Float32Array; grads: Float32Array }[] =
    [];
  let [before, momentum]: [Float32Array, Float32Array | undefined] = [new Float32Array(), undefined];
  await train(config, {
    data: syntheticData(),
    attemptDir: dir,
    onStart(engine) {
      [before, momentum] = [engine.params.slice(), engine.state.m?.slice()];
    },
    onStep(_, engine) {
      steps.push({ before, momentum, after: engine.params.slice(), grads: engine.grads.slice() });
      [before, momentum] = [engine.params.slice(), engine.state.m?.slice()];
    },
  });
  const text = readFileSync(join(dir, 'metrics.jsonl'), 'utf8').trim();
  return { steps, lines: text.split('\n').map((line) => JSON.parse(line) as MetricsLine) };
}

const length = (x: Float32Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
const close = (a: number | undefined, b: number) =>
  assert.ok(a !== undefined && Math.abs(a - b) <= 1e-5 * Math.abs(b) + 1e-9, `${a} is not ${b}`);

test('update norm, parameter norm and the momentum’s angle are those of the line’s last step', async () => {
  const { steps, lines } = await run(withOptimizer('sgd', { momentum: 0.9 }, { batchSize: 64, steps: 70 }));
  const measured = lines.filter((line) => line.updateNorm !== undefined);
  assert.equal(measured.length, 7); // 70 steps, an eighth apart
  for (const line of measured) {
    const { before, after, momentum, grads } = steps[line.step - 1];
    close(line.updateNorm, length(after.map((x, i) => x - before[i])));
    close(line.paramNorm, length(after));
    const dot = grads.reduce((sum, g, i) => sum + g * momentum![i], 0);
    close(line.momentumCosine, dot / (length(grads) * length(momentum!)));
    assert.equal(line.clippedShare, undefined);
  }
});

test('adaptive clipping: about the share p is cut, in all kinds together', async () => {
  const config = withOptimizer(
    'sgd+adaptiveClip',
    { momentum: 0.9, p: 0.2 },
    { batchSize: 256, steps: 10, lr: 0.05 },
  );
  const { lines } = await run(config);
  const table = modelTensors(parameters(config.model));
  const total = table.reduce((sum, { size }) => sum + size, 0);
  for (const line of lines.filter(({ clippedShare }) => clippedShare !== undefined)) {
    assert.ok(Math.abs(line.clippedShare! - 0.2) < 0.01, String(line.clippedShare));
    assert.deepEqual(Object.keys(line.clippedKinds!).sort(), [
      'attention',
      'embedding',
      'head',
      'mlp',
      'norm',
    ]);
    const cut = table.reduce((sum, { name, size }) => sum + line.clippedLayers![name] * size, 0);
    assert.ok(Math.abs(cut / total - line.clippedShare!) < 1e-3);
  }
  assert.ok(lines.some(({ clippedShare }) => clippedShare !== undefined));
});

test('a fixed threshold: nothing is cut below it, everything that moves above it', async () => {
  const share = async (maxAbs: number) => {
    const config = withOptimizer(
      'sgd+coordinateClip',
      { momentum: 0, maxAbs },
      { batchSize: 512, steps: 4, lr: 0.05 },
    );
    return (await run(config)).lines.at(-1)!.clippedShare!;
  };
  assert.equal(await share(100), 0);
  assert.ok((await share(1e-6)) > 0.9);
});

test('measurements are 16384 tokens apart, 8 to 64 of them, on lines, wherever a run was interrupted', () => {
  const every = (batchSize: number, logEvery: number, steps: number) =>
    measuredEvery({ batchSize, steps, model: { ...tinyRun().model, seqLen: 64 } }, logEvery);
  assert.deepEqual([every(1, 1, 9999), every(1, 11, 9999), every(1, 50, 9999)], [256, 264, 300]);
  assert.deepEqual([every(1, 1, 80), every(64, 1, 16), every(64, 1, 4)], [10, 2, 1]);
  assert.deepEqual([every(1, 16, 16e3), every(64, 1, 200), every(64, 10, 6400)], [256, 4, 100]);
});

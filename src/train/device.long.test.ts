// A whole run with WebGPU, on a GPU in software: it learns what a run on the CPU learns,
// and continues where it was stopped, on whatever device.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { InterruptedError, UserError } from '../core/errors.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import { softwareGpu } from '../runtime/targets/gpu/software-gpu.testing.ts';
import { scratch, syntheticData, tinyRun } from './tiny-run.testing.ts';
import { train } from './train.ts';

const gpu = softwareGpu();
const skip = 'missing' in gpu && gpu.missing;
after(() => {
  if ('device' in gpu) gpu.device.close();
});
const root = scratch();
const data = syntheticData();
const config = tinyRun({ steps: 40, batchSize: 12, microBatch: 8, eval: { tokens: 400, every: 15 } });

async function stopAfter(attemptDir: string, step: number, device: DeviceName): Promise<void> {
  const abort = new AbortController();
  const onStep = async (taken: { step: number }) => {
    if (taken.step + 1 < step) return;
    abort.abort();
    // Longer than the loop goes without looking.
    await setTimeout(60);
  };
  await assert.rejects(
    train(config, { data, attemptDir, device, onStep, signal: abort.signal }),
    InterruptedError,
  );
}

const close = (a: number | null, b: number | null) =>
  assert.ok(Math.abs(a! - b!) < 2e-3, `validation loss ${a} and ${b}`);
const lossesOf = (dir: string): number[] =>
  readFileSync(join(dir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).loss);

test('the losses of the CPU, from the first step to the validation', { skip }, async () => {
  const [here, there] = ['here-', 'there-'].map((name) => mkdtempSync(join(root, name)));
  const onCpu = await train(config, { data, attemptDir: here });
  const onGpu = await train(config, { data, attemptDir: there, device: 'webgpu' });
  close(onCpu.valLoss, onGpu.valLoss);
  assert.ok(onGpu.valLoss! < Math.log(config.model.vocabSize) - 0.1, `it learned: ${onGpu.valLoss}`);
  const [expected, found] = [lossesOf(here), lossesOf(there)];
  expected.forEach((loss, i) => assert.ok(Math.abs(loss - found[i]) < 2e-3, `${i}: ${loss} ${found[i]}`));
  assert.equal(onGpu.device, 'webgpu');
  assert.equal(onCpu.device, undefined);
});

for (const [first, second] of [
  ['webgpu', 'webgpu'],
  ['webgpu', 'cpu'],
  ['cpu', 'webgpu'],
] as const)
  test(`stopped on ${first}, continued on ${second}`, { skip }, async () => {
    const whole = await train(config, { data });
    const attemptDir = mkdtempSync(join(root, 'stopped-'));
    await stopAfter(attemptDir, 17, first);
    close((await train(config, { data, attemptDir, device: second })).valLoss, whole.valLoss);
  });

test('probes are refused in one line', async () => {
  const probed = { ...config, probes: [{ name: 'imbalance', options: {}, every: 10 }] };
  await assert.rejects(
    train(probed, { data, device: 'webgpu' }),
    (e) => e instanceof UserError && /--device cpu/.test(e.message),
  );
});

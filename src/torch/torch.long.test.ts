// How training in PyTorch runs: files, how it stops and goes on, several processes, other precisions.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointError, InterruptedError } from '../core/errors.ts';
import type { RunConfig } from '../train/config.ts';
import { runId } from '../train/run-id.ts';
import { readMetadata } from '../train/safetensors.ts';
import { train } from '../train/train.ts';
import { BOUND, handOver, linesOf } from './parity.testing.ts';
import { engineFolder, pythonEnv } from './python.ts';
import { torchHere, workplace } from './torch.testing.ts';
import { type TorchTrainOptions, trainTorch } from './train-torch.ts';

const { python, skip } = torchHere();
const { newPlace, tiny } = workplace();

/** Stops once there is a step, so that a checkpoint is written and InterruptedError thrown. */
async function stopEarly(
  config: RunConfig,
  options: TorchTrainOptions,
  trainer: (config: RunConfig, options: TorchTrainOptions) => Promise<unknown> = trainTorch,
): Promise<void> {
  const stopper = new AbortController();
  await assert.rejects(
    trainer(config, {
      ...options,
      signal: stopper.signal,
      onProgress: () => stopper.abort(new InterruptedError('enough')),
    }),
    InterruptedError,
  );
}

for (const [what, gpus, input] of [
  ['a run', 1, { steps: 600, optimizer: 'rest=adam,head=muon#sgd' }],
  ['a run of two processes', 2, { steps: 400 }],
] as const)
  test(`${what} that was stopped ends with the bits and lines of an undisturbed one`, { skip }, async () => {
    const { data, config } = await tiny(input);
    const [whole, parts] = [newPlace(), newPlace()];
    const torch = { gpus };
    const undisturbed = await trainTorch(config, { data, attemptDir: whole, torch });
    await stopEarly(config, { data, attemptDir: parts, torch });
    const resumed = await trainTorch(config, { data, attemptDir: parts, torch });
    assert.equal(resumed.paramsSha256, undisturbed.paramsSha256);
    assert.equal(resumed.valLoss, undisturbed.valLoss);
    const bare = (dir: string) => linesOf(dir).map(({ seconds: _, ...line }) => line);
    assert.deepEqual(bare(parts), bare(whole));
  });

test('either engine goes on where the other stopped', { skip }, async () => {
  const { data, config } = await tiny({ steps: 600 });
  const [mixed, other] = [newPlace(), newPlace()];
  await stopEarly(config, { data, attemptDir: mixed });
  const half = linesOf(mixed).at(-1).step;
  assert.ok(half > 0 && half < 600, `stopped at ${half}`);
  const own = await train(config, { data });
  const after = await train(config, { data, attemptDir: mixed });
  assert.ok(Math.abs(after.valLoss! - own.valLoss!) < BOUND);
  await stopEarly(config, { data, attemptDir: other }, train);
  const back = await trainTorch(config, { data, attemptDir: other });
  assert.ok(Math.abs(back.valLoss! - own.valLoss!) < BOUND);
});

test('a run that is lost has diverged, with the reason of the native engine', { skip }, async () => {
  const { data, config } = await tiny({ optimizer: 'sgd', lr: 1e6, clip: null, steps: 60 });
  const own = await train(config, { data });
  const theirs = await trainTorch(config, { data, attemptDir: newPlace() });
  assert.equal(own.status, 'diverged');
  assert.equal(theirs.status, 'diverged');
  assert.equal(theirs.valLoss, null);
  assert.match(theirs.reason!, /^(loss|gradient norm) (is|above)/);
});

test('bfloat16 is another run near the same loss; compiled and in two processes it is the same run', {
  skip,
}, async () => {
  const { data, config } = await tiny();
  const { config: half } = await tiny({ dtype: 'bfloat16' });
  assert.notEqual(runId(half), runId(config));
  await assert.rejects(train(half, { data }), /bfloat16 is for --engine torch/);
  const plain = await trainTorch(config, { data, attemptDir: newPlace() });
  const rounded = await trainTorch(half, { data, attemptDir: newPlace() });
  assert.equal(rounded.dtype, 'bfloat16');
  assert.ok(Math.abs(rounded.valLoss! - plain.valLoss!) < 0.05, `${rounded.valLoss} ${plain.valLoss}`);
  assert.notEqual(rounded.valLoss, plain.valLoss);
  const two = await trainTorch(config, { data, attemptDir: newPlace(), torch: { gpus: 2 } });
  assert.ok(Math.abs(two.valLoss! - plain.valLoss!) < BOUND);
  assert.equal(two.device, '2 x cpu');
  const compiled = await trainTorch(config, { data, attemptDir: newPlace(), torch: { compile: true } });
  assert.ok(Math.abs(compiled.valLoss! - plain.valLoss!) < BOUND);
  // It rounds otherwise: it was compiled indeed.
  assert.notEqual(compiled.paramsSha256, plain.paramsSha256);
});

test('micro-batches whose gradients are squared are shared out whole, the last one shorter', {
  skip,
}, async () => {
  const hyper = { micro: 2 };
  const { data, config } = await tiny({ optimizer: 'invadam', hyper, batchSize: 3, steps: 20 });
  const own = await train(config, { data });
  const two = await trainTorch(config, { data, attemptDir: newPlace(), torch: { gpus: 2 } });
  assert.ok(Math.abs(two.valLoss! - own.valLoss!) < 1e-5, `${two.valLoss} ${own.valLoss}`);
});

test('a damaged checkpoint is refused, whatever engine is to go on from it', { skip }, async () => {
  const { data, config } = await tiny({ steps: 20 });
  const attemptDir = newPlace();
  await trainTorch(config, { data, attemptDir });
  const file = join(attemptDir, 'checkpoint.safetensors');
  const bytes = readFileSync(file);
  bytes[bytes.length - 5] ^= 4;
  writeFileSync(file, bytes);
  await assert.rejects(trainTorch(config, { data, attemptDir }), CheckpointError);
  await assert.rejects(train(config, { data, attemptDir }), CheckpointError);
});

test('a process whose parent is gone saves what it has and ends as interrupted', { skip }, async () => {
  const { data, config } = await tiny({ steps: 100_000 });
  const folder = newPlace();
  const file = handOver(config, data, folder);
  // Somebody who ends: in the place of a gaplab that is killed.
  const parent = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e6)']);
  const job = { ...JSON.parse(readFileSync(file, 'utf8')), parent: parent.pid };
  writeFileSync(file, JSON.stringify(job));
  const env = { ...process.env, ...pythonEnv };
  const child = spawn(python!.command, ['-m', 'gaplab_torch', file], { cwd: engineFolder, env });
  const exit = once(child, 'exit');
  while (!existsSync(join(folder, 'metrics.jsonl'))) await sleep(50);
  parent.kill('SIGKILL');
  assert.deepEqual(await exit, [75, null]);
  const metadata = readMetadata(join(folder, 'checkpoint.safetensors'));
  assert.equal(metadata.run, runId(config));
  assert.ok(JSON.parse(metadata.gaplab).step > 0);
});

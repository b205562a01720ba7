// What optimizers and batch schedules ask of a run: growing batches take the seed's sequences in order,
// every kind of optimizer trains, and stopped runs go on with the same bits.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { InterruptedError } from '../core/errors.ts';
import { createSampler, tokenWindows } from '../data/index.ts';
import { resolveHyper } from '../optim/registry.ts';
import { scratch, syntheticData, tinyRun } from './tiny-run.testing.ts';
import { train } from './train.ts';

const data = syntheticData();
const root = scratch();

// 8 batches of 2, 4 of 4, 2 of 8, then batches of 16.
const batchSchedule = { name: 'doubling', from: 2, sequences: 48 };
const growing = tinyRun({ steps: 30, batchSize: 16, microBatch: 4, batchSchedule });

test('growing batches take the sequences of the seed one after the other; tokens are counted as they are seen', async () => {
  const dir = mkdtempSync(join(root, 'run-'));
  const seen: number[] = [];
  const sizes: number[] = [];
  const outcome = await train(growing, {
    data,
    attemptDir: dir,
    onStep({ batch }) {
      seen.push(...batch);
      sizes.push(batch.length / 9);
    },
  });
  assert.deepEqual(sizes, [
    ...new Array(8).fill(2),
    ...new Array(4).fill(4),
    ...new Array(2).fill(8),
    ...new Array(16).fill(16),
  ]);
  const sampler = createSampler({ examples: tokenWindows(data.train, 8), seed: 1 });
  assert.deepEqual(seen, [...sampler.batch(0, 48 + 16 * 16)]);
  assert.equal(outcome.tokens, (48 + 256) * 8);
  const lines = readFileSync(join(dir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  assert.equal(lines[0].tokens, 16);
  assert.equal(lines.at(-1).tokens, outcome.tokens);
});

test('as large from the start as ever: a schedule that is over changes nothing', async () => {
  const plain = tinyRun({ steps: 10 });
  const over = tinyRun({ steps: 10, batchSchedule: { name: 'linear', from: 4, sequences: 1 } });
  assert.equal((await train(over, { data })).paramsSha256, (await train(plain, { data })).paramsSha256);
});

const withOptimizer = (name: string, options = {}) => ({
  ...growing,
  optimizer: { name, hyper: resolveHyper(name, options) },
});
for (const config of [
  withOptimizer('adam', { beta2HalfLife: 500 }),
  withOptimizer('sgd#adam+adaptiveClip'),
  withOptimizer('rest=sgd,head=adam'),
  withOptimizer('muon'),
  withOptimizer('adafactor'),
])
  test(`${config.optimizer.name}: learns, and goes on after a stop with the same bits`, async () => {
    const whole = await train(config, { data });
    assert.equal(whole.status, 'done');
    const dir = mkdtempSync(join(root, 'run-'));
    const losses: number[] = [];
    const abort = new AbortController();
    const onStep = async ({ step, loss }: { step: number; loss: number }) => {
      losses.push(loss);
      if (step !== 11) return;
      abort.abort();
      // Longer than the loop goes without looking.
      await setTimeout(55);
    };
    await assert.rejects(
      train(config, { data, attemptDir: dir, signal: abort.signal, onStep }),
      InterruptedError,
    );
    const resumed = await train(config, {
      data,
      attemptDir: dir,
      onStep: ({ loss }) => void losses.push(loss),
    });
    assert.equal(losses.length, 30);
    assert.equal(resumed.paramsSha256, whole.paramsSha256);
    assert.ok(losses[29] < losses[0]);
  });

// Budgets in tokens and in steps, and batches that grow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchPlan } from '../optim/batch-schedules.ts';
import { resolved } from './loaded.testing.ts';
import { ownConfigFor } from './points.ts';
import { cellLength, shortfalls, shortfallText } from './shortfall.ts';
import { plan } from './tuner.ts';

test('a budget in steps sees tokens in proportion to the batch size', () => {
  const study = resolved({ tokens: undefined, steps: 10 });
  assert.deepEqual([study.tokens, study.steps], [[], [10]]);
  const runs = plan(study, new Map()).wanted;
  assert.deepEqual(new Set(runs.map(({ config }) => config.steps)), new Set([10]));
  assert.ok(runs.every(({ point }) => point.tokens === 10 * 64 * point.batchSize));
});

test('batches that grow: the budget stays, the steps are more; memory may hold fewer sequences than a step has', () => {
  const study = resolved({
    tokens: 65536,
    batchSizes: [1, 16],
    optimizers: { sgd: { batchSchedule: { from: 2, over: 0.25 }, microBatch: 4 }, adam: {} },
  });
  const config = (optimizer: string, batchSize: number) =>
    ownConfigFor(study, {
      ...{ optimizer, batchSize, model: 'nano', tokens: 65536, lr: 1, seed: 1 },
      hyper: study.optimizers[optimizer].hyper,
    });
  const large = config('sgd', 16);
  assert.deepEqual(large.batchSchedule, { name: 'doubling', from: 2, sequences: 256 });
  // 86 sequences in batches of 2, then 88 of 4 and 88 of 8: 76 steps. The 762 that are left
  // make 47 batches of 16.
  assert.equal(large.steps, 76 + 47);
  assert.equal(large.microBatch, 4);
  assert.ok(!('batchSchedule' in config('sgd', 1)));
  assert.ok(!('batchSchedule' in config('adam', 16)));
  assert.equal(config('adam', 16).steps, 64);
});

test('whole batches that leave more than 1% of a budget unused are told, and the budget is never exceeded', () => {
  const study = resolved({ model: 'tiny', tokens: [12288, 16384], steps: 3, batchSizes: [1, 256] });
  // The case that was told as equal tokens: 12288 tokens at 256 sequences of 32 used to train 16384.
  assert.deepEqual(cellLength(study, { optimizer: 'sgd', model: 'tiny', batchSize: 256, tokens: 12288 }), {
    steps: 1,
    tokens: 8192,
  });
  const short = shortfalls(study);
  assert.deepEqual(short, [
    { model: 'tiny', batchSize: 256, tokens: 12288, optimizers: ['sgd', 'adam'], trained: 8192 },
  ]);
  assert.equal(
    shortfallText(study, short[0]),
    'At batch size 256, whole batches make 8,192 of the 12,288 tokens (66.6%).',
  );
  for (const { point } of plan(study, new Map()).wanted) {
    const config = ownConfigFor(study, point);
    const { first } = batchPlan(config.batchSize, config.batchSchedule).at(config.steps);
    assert.ok(first * config.model.seqLen <= point.tokens);
  }
  // 409 batches of 10 in 4096 sequences leave 6 of them, 0.15%.
  assert.deepEqual(shortfalls(resolved({ model: 'tiny', tokens: 131072, batchSizes: [10] })), []);
});

test('a budget in steps is that many steps, whether the batch grows or not', () => {
  const study = resolved({
    tokens: undefined,
    steps: 40,
    batchSizes: [16],
    optimizers: { sgd: { batchSchedule: { over: 0.5 } }, adam: {} },
  });
  const configs = plan(study, new Map()).wanted.map(({ point }) => ownConfigFor(study, point));
  assert.deepEqual([...new Set(configs.map(({ steps }) => steps))], [40]);
  assert.deepEqual([...new Set(configs.map((one) => one.batchSchedule?.name))], ['doubling', undefined]);
  assert.deepEqual(shortfalls(study), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchPlan } from '../optim/batch-schedules.ts';
import { lengthOf } from './budget.ts';

test('a budget of tokens pays for whole batches and is never exceeded', () => {
  const shape = { batchSize: 256, seqLen: 32 };
  assert.deepEqual(lengthOf({ tokens: 12288 }, shape), { steps: 1, tokens: 8192 });
  assert.deepEqual(lengthOf({ tokens: 16383 }, shape), { steps: 1, tokens: 8192 });
  assert.deepEqual(lengthOf({ tokens: 16384 }, shape), { steps: 2, tokens: 16384 });
  assert.throws(() => lengthOf({ tokens: 8191 }, shape), /one step of 256 sequences x 32 tokens is more/);
});

const growing = fc.record({
  name: fc.constantFrom('doubling', 'linear'),
  from: fc.integer({ min: 1, max: 12 }),
  over: fc.double({ min: 0.01, max: 1, noNaN: true }),
});

test('a growing batch keeps a budget of tokens to within its last batch', () => {
  fc.assert(
    fc.property(growing, fc.integer({ min: 320, max: 40000 }), (growth, tokens) => {
      const made = lengthOf({ tokens }, { batchSize: 10, seqLen: 32, growth });
      assert.ok(made.tokens <= tokens && made.tokens > tokens - 320, `${made.tokens} of ${tokens}`);
      assert.equal(made.tokens, 32 * batchPlan(10, made.batchSchedule).at(made.steps).first);
      assert.equal(made.batchSchedule === undefined, growth.from >= 10);
    }),
  );
});

test('a budget of steps is that many steps, and a growing batch grows over its share of what they see', () => {
  assert.deepEqual(lengthOf({ steps: 7 }, { batchSize: 4, seqLen: 8 }), { steps: 7, tokens: 224 });
  fc.assert(
    fc.property(growing, fc.integer({ min: 1, max: 400 }), (growth, steps) => {
      const { batchSchedule, ...made } = lengthOf({ steps }, { batchSize: 16, seqLen: 32, growth });
      assert.equal(made.steps, steps);
      const sequences = made.tokens / 32;
      assert.equal(sequences, batchPlan(16, batchSchedule).at(steps).first);
      // Both are whole numbers that depend on each other: the share is met to within a batch.
      assert.ok(Math.abs(batchSchedule!.sequences - growth.over * sequences) <= 17);
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { batchPlan, batchSchedules } from './batch-schedules.ts';

const sizes = (plan: ReturnType<typeof batchPlan>, steps: number) =>
  Array.from({ length: steps }, (_, step) => plan.at(step).size);

test('without a schedule every step has the batch size', () => {
  const plan = batchPlan(16);
  assert.deepEqual(plan.at(0), { first: 0, size: 16 });
  assert.deepEqual(plan.at(7), { first: 112, size: 16 });
  assert.deepEqual([plan.steps(160), plan.steps(167), plan.steps(175.9), plan.steps(1)], [10, 10, 10, 0]);
});

test('the shapes by hand', () => {
  // Three doublings from 2 to 16 over 48 sequences: 16 sequences each.
  assert.deepEqual(sizes(batchPlan(16, { name: 'doubling', from: 2, sequences: 48 }), 16), [
    ...new Array(8).fill(2),
    ...new Array(4).fill(4),
    8,
    8,
    16,
    16,
  ]);
  assert.deepEqual(sizes(batchPlan(8, { name: 'linear', from: 2, sequences: 20 }), 7), [2, 2, 3, 4, 5, 6, 8]);
});

const growing = fc.record({
  name: fc.constantFrom(...Object.keys(batchSchedules)),
  from: fc.integer({ min: 1, max: 9 }),
  batchSize: fc.integer({ min: 9, max: 70 }),
  sequences: fc.integer({ min: 1, max: 500 }),
});

test('steps take every sequence once, in order; the batch never shrinks and ends at its size', () => {
  fc.assert(
    fc.property(growing, ({ batchSize, ...schedule }) => {
      const plan = batchPlan(batchSize, schedule);
      let next = 0;
      let before = schedule.from;
      for (let step = 0; next < schedule.sequences + 3 * batchSize; step++) {
        const { first, size } = plan.at(step);
        assert.equal(first, next);
        assert.ok(size >= before && size <= batchSize, `step ${step}: ${size} after ${before}`);
        if (step === 0) assert.equal(size, schedule.from);
        if (first >= schedule.sequences) assert.equal(size, batchSize);
        next += size;
        before = size;
      }
    }),
  );
});

test('the number of steps for a budget is the largest that does not go beyond it', () => {
  fc.assert(
    fc.property(growing, fc.integer({ min: 1, max: 4000 }), ({ batchSize, ...schedule }, budget) => {
      const plan = batchPlan(batchSize, schedule);
      const steps = plan.steps(budget / 2);
      assert.ok(plan.at(steps).first <= budget / 2);
      assert.ok(plan.at(steps + 1).first > budget / 2);
    }),
  );
});

test('unknown names and batches that would shrink are user errors', () => {
  for (const [schedule, message] of [
    [{ name: 'cubic', from: 1, sequences: 9 }, /unknown batch schedule "cubic".*doubling, linear/],
    [{ name: 'linear', from: 9, sequences: 9 }, /grows from 9 sequences.*batch size is 8/],
  ] as const)
    assert.throws(
      () => batchPlan(8, schedule),
      (error) => error instanceof UserError && message.test(error.message),
    );
});

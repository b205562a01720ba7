// The drawn paths are those of the theory lab: same start, same medians, SGD deaf to the batch size in its
// drift.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quadratic } from '../../../src/theory/problem.ts';
import { simulate } from '../../../src/theory/simulate.ts';
import { densityAt, fanOf, quantileAt, STEPS } from './fan.ts';

const usual = { form: 'discrete', batchSize: 16, sigma: 10, lr: 0.001, beta: 0 } as const;

test('medians are those of the lab', async () => {
  for (const method of ['sgd', 'signsgd'] as const) {
    const fan = fanOf({ ...usual, method });
    assert.equal(quantileAt(fan, 0, 0.5), 7.5);
    const problem = quadratic({ spectrum: [1, 2, 3, 4, 5], start: [1], sigma: [10] });
    const [lab] = await simulate({
      ...{ ...usual, method, problem, paths: 4000, seed: 9, record: [500] },
    });
    const median = quantileAt(fan, fan.steps.indexOf(500), 0.5);
    assert.ok(Math.abs(median / lab.median - 1) < 0.1, `${method}: ${median}, in the lab ${lab.median}`);
    assert.equal(fan.steps.at(-1), STEPS);
  }
});

test('the same wish gives the same paths, and the SDE stays near its algorithm', () => {
  const wish = { ...usual, method: 'signsgd' } as const;
  assert.deepEqual(fanOf(wish).paths, fanOf(wish).paths);
  const [a, b] = (['discrete', 'sde'] as const).map((form) => quantileAt(fanOf({ ...wish, form }), 40, 0.5));
  assert.ok(Math.abs(a / b - 1) < 0.1, `${a} and ${b}`);
});

test('densities count every path once, wherever it lies within the bounds', () => {
  const fan = fanOf({ ...usual, method: 'sgd' });
  const counts = densityAt(fan, 30, [-6, 3], 50);
  assert.equal(
    counts.reduce((a, b) => a + b, 0),
    fan.sorted[30].length,
  );
});

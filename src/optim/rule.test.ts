import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neg } from './expr.ts';
import { referenceStep } from './reference.ts';
import { type OptimizerDef, updateExpressions } from './rule.ts';

const plain: OptimizerDef = {
  name: 'plain',
  summary: '',
  source: '',
  hyper: {},
  lrGuess: 1,
  state: () => [],
  scalars: () => ({}),
  update: ({ g }) => ({ u: g, state: {} }),
};

test('the raw gradient is scaled first, and the direction is subtracted lr times', () => {
  const param = [1, 2];
  referenceStep(plain, {}, { param, grad: [10, -10], state: [], lr: 0.5, step: 0, gradScale: 0.1 });
  assert.deepEqual(param, [0.5, 2.5]);
});

test('a rule that writes other state than it declares is refused', () => {
  assert.throws(() => updateExpressions({ ...plain, state: () => ['m'] }, {}), /plain.*declares \[m\]/);
  const writes: OptimizerDef = { ...plain, update: ({ g }) => ({ u: g, state: { v: neg(g) } }) };
  assert.throws(() => updateExpressions(writes, {}), /writes state \[v\]/);
});

// What a study takes, counted from speeds that are given: right to the run, and what fits into a time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetsWithin, estimateStudy, type Speeds } from './estimate.ts';
import { loadStudy } from './load.ts';
import { draftStudy } from './resolve.ts';
import type { StudyInput } from './schema.ts';

const base: StudyInput = {
  name: 'x',
  model: 'tiny',
  tokens: 65536,
  batchSizes: [4, 64],
  optimizers: { sgd: {}, adam: { lr: [0.001, 0.002], axes: { beta2: [0.9, 0.95, 0.99] } } },
  seeds: 4,
  maxPoints: 10,
  eval: { tokens: 3200 },
};
const draft = (change: Partial<StudyInput> = {}) => draftStudy(loadStudy({ ...base, ...change }));
// A second for 1000 sequences of 32 tokens, 10 milliseconds an update, and so on.
const speeds: Speeds = {
  tiny: { start: 0.5, gradient: () => 1e-3, update: { sgd: 0.01, adam: 0.01 }, forward: 1e-3 },
};

test('runs: a search takes 3, usually 4, at most maxPoints; a list is tried as it is; then the further seeds', () => {
  const { cells, runs, tokens } = estimateStudy(draft(), speeds, 1);
  assert.equal(cells, 4);
  // Two batch sizes, each with 3, 4 or 10 points of SGD, 3 x 2 of Adam, and four further seeds of both.
  assert.deepEqual(runs, { min: 2 * (3 + 6 + 8), expected: 2 * (4 + 6 + 8), max: 2 * (10 + 6 + 8) });
  assert.equal(tokens.expected, runs.expected * 65536);
});

test('time: sequences, updates, the evaluation and the start of every run, shared among the processes', () => {
  const one = draft({ batchSizes: 4, optimizers: ['sgd'] });
  // 2048 sequences in 512 steps, 100 sequences of validation.
  const run = 0.5 + 2048e-3 + 512 * 0.01 + 100e-3;
  const { seconds, speed } = estimateStudy(one, speeds, 2);
  assert.ok(Math.abs(seconds.expected - (8 * run) / 2) < 1e-9, String(seconds.expected));
  assert.ok(Math.abs(speed[0].tokensPerSecond - 65536 / run) < 1e-6);
  const often = estimateStudy(
    draft({ batchSizes: 4, optimizers: ['sgd'], eval: { tokens: 3200, every: 100 } }),
    speeds,
    2,
  );
  // After 100, 200, ..., 500 steps, and at the end.
  assert.ok(Math.abs(often.seconds.expected - (8 * (run + 5 * 100e-3)) / 2) < 1e-9);
});

test('a budget within a time: in proportion, with two digits, and never less than a step of the largest batch', () => {
  const study = draft();
  const whole = estimateStudy(study, speeds, 1).seconds.expected;
  const half = budgetsWithin(study, speeds, 1, whole / 2)!;
  assert.ok(half.tokens[0] < 65536 && half.tokens[0] > 65536 / 4);
  assert.match(String(half.tokens[0]), /^\d\d0+$/);
  assert.ok(estimateStudy({ ...study, ...half }, speeds, 1).seconds.expected <= whole / 2);
  assert.equal(budgetsWithin(study, speeds, 1, 1), undefined);
});

// Verdicts: kinds, intervals and seeds needed against textbook values.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { judgeDifference, type Sample, type VerdictOptions } from './verdict.ts';

const side = (name: string, losses: number[], change: Partial<Sample> = {}): Sample => ({
  name,
  losses,
  seeds: losses.map((_, i) => i),
  ...change,
});
const judge = (a: number[], b: number[], options: Partial<VerdictOptions> = {}) =>
  judgeDifference(side('A', a), side('B', b), { paired: true, ...options });

test('a clear difference, its sign, and its interval by hand', () => {
  const found = judge([3, 3.1, 3.2], [3.2, 3.32, 3.38]);
  assert.equal(found.verdict, 'better');
  // Differences .2, .22, .18: mean .2, s = .02, t(2) = 4.3027.
  const half = (4.30265273 * 0.02) / Math.sqrt(3);
  assert.ok(Math.abs(found.difference - 0.2) < 1e-12);
  assert.ok(Math.abs(found.ci95![0] - (0.2 - half)) < 1e-8 && Math.abs(found.ci95![1] - (0.2 + half)) < 1e-8);
  assert.equal(judge([3.2, 3.32, 3.38], [3, 3.1, 3.2]).verdict, 'worse');
  assert.equal(found.seedsNeeded, null);
});

test('seeds that do not pair give a wider interval, and a known noise stands in for seeds', () => {
  const [a, b] = [
    [3, 3.1, 3.2],
    [3.2, 3.32, 3.38],
  ];
  const [paired, welch] = [judge(a, b), judge(a, b, { paired: false })];
  assert.deepEqual([paired.method, welch.method, welch.verdict], ['paired-t', 'welch-t', 'undecided']);
  const known = judge([3.271], [3.28], { noise: 0.0013 });
  assert.deepEqual([known.verdict, known.method], ['better', 'known-noise']);
  assert.ok(Math.abs(known.ci95![0] - (0.009 - 1.95996 * 0.0013 * Math.SQRT2)) < 1e-9);
});

test('one loss on a side says nothing, and is not called a tie', () => {
  const found = judge([3], [3.5]);
  assert.deepEqual(
    [found.verdict, found.ci95, found.noise, found.seedsNeeded],
    ['unknown', null, null, null],
  );
});

test('seeds that are needed: 27 pairs or 53 of each for a difference of one standard deviation, with a power of 80%', () => {
  // (4.3027 + 0.8416)^2 = 26.5, and twice as many where two losses vary.
  const pairs = [0, 1, 2];
  const found = judge([0, 0, 0], pairs);
  assert.equal(found.verdict, 'undecided');
  assert.deepEqual(found.seedsNeeded, { each: 27, more: 24 });
  const apart = judge([0, 1, 2], [1, 2, 3], { paired: false });
  assert.deepEqual(apart.seedsNeeded, { each: 53, more: 50 });
  assert.equal(judge([0, 1], [0, 1], { paired: false }).seedsNeeded, null);
  // With a noise that is known the interval is normal: 2 (1.96 + 0.8416)^2 = 15.7.
  assert.deepEqual(judge([0, 1], [1, 2], { noise: 1 }).seedsNeeded, { each: 16, more: 14 });
  // A margin of three quarters leaves a quarter to be told: sixteen times as many.
  assert.equal(judge([0, 0, 0], pairs, { margin: 0.75 }).seedsNeeded!.each, 424);
});

test('with the seeds that are needed, the difference is found in about four of five repetitions', () => {
  const rng = createRng(1, 'power');
  const draw = (n: number, mean: number) => Array.from({ length: n }, () => mean + rng.normal());
  for (const paired of [true, false]) {
    const n = paired ? 27 : 53;
    const repetitions = Array.from({ length: 2000 }, () =>
      paired ? judge(new Array(n).fill(0), draw(n, 1)) : judge(draw(n, 0), draw(n, 1), { paired }),
    );
    const found = repetitions.filter(({ verdict }) => verdict === 'better').length / repetitions.length;
    assert.ok(found > 0.76 && found < 0.84, `paired ${paired}: ${found}`);
  }
});

test('a noise that is given makes interval and difference of all losses, paired or not', () => {
  const found = judgeDifference(side('A', [3, 3.1, 3.5]), side('B', [3.2, 3.32]), {
    paired: true,
    noise: 0.1,
  });
  assert.equal(found.method, 'known-noise');
  assert.ok(Math.abs((found.ci95![0] + found.ci95![1]) / 2 - found.difference) < 1e-12);
});

test('a margin makes level what is known to differ by less, and nothing else', () => {
  assert.equal(judge([3, 3.1, 3.2], [3.001, 3.1, 3.201], { margin: 0.01 }).verdict, 'level');
  assert.equal(judge([3, 3.1, 3.2], [3, 3.3, 3.1], { margin: 0.01 }).verdict, 'undecided');
  assert.equal(judge([3, 3.1, 3.2], [3.2, 3.32, 3.38], { margin: 0.19 }).verdict, 'undecided');
});

test('what is missing takes a verdict away', () => {
  const found = judgeDifference(
    side('A', [3, 3.1, 3.2], { missing: ['seed 4 diverged'] }),
    side('B', [3.2, 3.32, 3.38]),
    { paired: true },
  );
  assert.deepEqual([found.verdict, found.provisional], ['undecided', ['seed 4 diverged']]);
  assert.throws(() => judge([], [1]), RangeError);
});

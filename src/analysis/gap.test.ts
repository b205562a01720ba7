import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contrast, gapTerms } from './claims/contrast.ts';
import { frontier } from './frontier.ts';
import { gaps } from './gap.ts';
import { tInterval, welchInterval, welchSum } from './stats.ts';
import { row, syntheticRows, TUNING, tunedApart } from './synthetic-rows.testing.ts';

const pair = { baseline: 'adam', challenger: 'sgd' };
const close = (a: number, b: number, eps = 1e-9) => assert.ok(Math.abs(a - b) < eps, `${a} is not ${b}`);
const seedRows = (adam: number[], sgd: number[]) => [
  ...adam.map((valLoss, seed) => row({ optimizer: 'adam', seed, valLoss })),
  ...sgd.map((valLoss, seed) => row({ optimizer: 'sgd', seed, valLoss })),
];
/** All seeds fresh: tuned at another. */
const cellsOf = (adam: number[], sgd: number[]) =>
  frontier(tunedApart(seedRows(adam, sgd)), { tuning: [TUNING] });
const gapOf = (adam: number[], sgd: number[]) => gaps(cellsOf(adam, sgd), pair)[0];

test('Student t intervals agree with the tables', () => {
  const [lo, hi] = tInterval([1, 2, 3])!;
  close(lo, 2 - 4.302653 / Math.sqrt(3), 1e-5);
  close(hi, 2 + 4.302653 / Math.sqrt(3), 1e-5);
  // Two seeds have one degree of freedom, more than three have two.
  close(tInterval([1, 2])![1], 1.5 + 12.706205 / 2, 1e-5);
  close(tInterval([1, 2, 3, 2, 2])![1], 2 + 4.302653 * Math.sqrt(0.5 / 5), 1e-5);
  assert.equal(tInterval([1]), null);
  // Equal sizes and variances: 2 (n - 1) = 4 degrees of freedom, of which two are counted,
  // standard error sqrt(2/3).
  const [from, to] = welchInterval([1, 2, 3], [5, 6, 7])!;
  close(from, -4 - 4.302653 * Math.sqrt(2 / 3), 1e-5);
  close(to, -4 + 4.302653 * Math.sqrt(2 / 3), 1e-5);
  assert.equal(welchInterval([1], [1, 2]), null);
});

test('the gap is challenger minus baseline, paired by seed', () => {
  const gap = gapOf([3, 3.1, 2.9], [3.5, 3.58, 3.42]);
  close(gap.gap, 0.5);
  assert.equal(gap.method, 'paired-t');
  assert.equal(gap.seeds, 3);
  // Differences .5 .48 .52: far narrower than the spread of the losses themselves.
  close(gap.ci95![1] - gap.ci95![0], (2 * 4.302653 * 0.02) / Math.sqrt(3), 1e-5);
  assert.deepEqual(
    gap.perSeed.map((p) => p.seed),
    [0, 1, 2],
  );
});

test('seeds that are not the same draw in both cells: difference of means, Welch, whatever their numbers', () => {
  const rows = seedRows([3, 3.1, 2.9], [3.5, 3.58, 3.42]);
  const cells = frontier(tunedApart(rows), { tuning: [TUNING], unpaired: true });
  const [gap] = gaps(cells, pair);
  close(gap.gap, 0.5);
  assert.deepEqual([gap.method, gap.seeds, gap.perSeed], ['welch-t', 3, []]);
  assert.deepEqual(gap.ci95, welchInterval([3.5, 3.58, 3.42], [3, 3.1, 2.9]));
  const { batchSize, model, tokens } = cells[0];
  const found = contrast(cells, gapTerms({ batchSize, model, tokens }, 'sgd', 'adam'));
  assert.ok(found.kind === 'known');
  assert.deepEqual([found.ci95, found.seeds, found.bySeed.size], [gap.ci95, 3, 0]);
  // The terms of one cell are one sample: twice its mean has twice its deviation.
  const one = { weight: 1, values: [1, 2, 3] };
  const [lo, hi] = welchSum([{ ...one, weight: 2 }])!.ci95;
  close((hi - lo) / 2, 2 * (tInterval([1, 2, 3])![1] - 2));
  assert.deepEqual(
    welchSum([one, { weight: -1, values: [1, 2, 3] }])?.ci95.map((x) => Math.sign(x)),
    [-1, 1],
  );
});

test('fewer than two common seeds: claims compare as gaps do, by the means of all seeds', () => {
  // Fresh seeds 0, 1, 2 of the one and 2, 3, 4 of the other: one is common.
  const rows = tunedApart(seedRows([3, 3.1, 2.9], [3.5, 3.58, 3.42])).map((one) =>
    one.optimizer === 'sgd' && one.seed !== TUNING ? { ...one, seed: one.seed + 2 } : one,
  );
  const cells = frontier(rows, { tuning: [TUNING] });
  const [gap] = gaps(cells, pair);
  assert.deepEqual([gap.method, gap.seeds, gap.perSeed.length], ['welch-t', 3, 1]);
  const { batchSize, model, tokens } = cells[0];
  const found = contrast(cells, gapTerms({ batchSize, model, tokens }, 'sgd', 'adam'));
  assert.ok(found.kind === 'known');
  close(found.effect, gap.gap);
  assert.deepEqual([found.ci95, found.seeds], [gap.ci95, gap.seeds]);
});

test('one seed has a gap and no interval', () => {
  const gap = gapOf([3], [3.5]);
  assert.deepEqual([gap.gap, gap.ci95, gap.seeds, gap.method], [0.5, null, 1, 'single']);
});

test('seeds that only one optimizer has do not enter the paired gap', () => {
  const gap = gapOf([3, 3, 3], [3.5, 3.7]);
  close(gap.gap, 0.6);
  assert.equal(gap.seeds, 2);
});

test('the gap stands on fresh seeds alone; that of the tuning seed is told beside it', () => {
  const [gap] = gaps(frontier(seedRows([3, 4, 5], [3.1, 4.3, 5.5]), { tuning: [0] }), pair);
  close(gap.gap, 0.4);
  close(gap.tuning!, 0.1);
  assert.deepEqual([gap.seeds, gap.fresh], [2, true]);
  assert.deepEqual(
    gap.perSeed.map((p) => p.seed),
    [1, 2],
  );
});

test('without a fresh seed there is a gap and no interval, however many seeds tuned', () => {
  const [gap] = gaps(frontier(seedRows([3, 4, 5], [3.1, 4.3, 5.5]), { tuning: [0, 1, 2] }), pair);
  assert.deepEqual([gap.ci95, gap.seeds, gap.method, gap.fresh], [null, 1, 'single', false]);
  close(gap.gap, 0.1);
  close(gap.tuning!, 0.3);
});

test('no gap where an optimizer has no finished run; an open bracket is passed on', () => {
  const cells = frontier([row({ optimizer: 'adam' }), row({ optimizer: 'sgd', status: 'diverged' })]);
  assert.deepEqual(gaps(cells, pair), []);
  assert.equal(gapOf([3], [4]).bracketed, false);
  assert.ok(gaps(frontier(syntheticRows()), pair).every((gap) => gap.bracketed));
});

test('swapping the optimizers mirrors the gap; what moves both by seed changes nothing', () => {
  const losses = fc.array(fc.double({ min: 1, max: 10, noNaN: true }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(losses, fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })), (adam, noise) => {
      const sgd = adam.map((x) => x + 1 + noise.next().value);
      const gap = gapOf(adam, sgd);
      const cells = cellsOf(adam, sgd);
      const [mirror] = gaps(cells, { baseline: 'sgd', challenger: 'adam' });
      close(mirror.gap, -gap.gap);
      close(mirror.ci95![0], -gap.ci95![1], 1e-6);
      const shift = adam.map((_, seed) => seed * 3);
      const shifted = gapOf(
        adam.map((x, i) => x + shift[i]),
        sgd.map((x, i) => x + shift[i]),
      );
      close(shifted.gap, gap.gap, 1e-6);
      close(shifted.ci95![0], gap.ci95![0], 1e-6);
      assert.ok(gap.ci95![0] <= gap.gap && gap.gap <= gap.ci95![1]);
    }),
  );
});

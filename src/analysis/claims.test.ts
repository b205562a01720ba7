import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gapSlope, judgeClaims, type Verdict } from './claims.ts';
import { crossover } from './crossover.ts';
import { effort } from './effort.ts';
import type { Gap } from './gap.ts';
import { mean, tInterval } from './stats.ts';
import { row, syntheticRows } from './synthetic-rows.testing.ts';

const sizes = [1, 4, 16, 64, 256];
const names = { baseline: 'Adam', challenger: 'SGD' };

/** Gaps at `sizes`, one list of values per seed. */
function series(seeds: number[][], part: Partial<Gap> = {}): Gap[] {
  return seeds[0].map((_, i) => {
    const values = seeds.map((values) => values[i]);
    return {
      batchSize: sizes[i],
      model: 'nano',
      tokens: 1e6,
      baseline: 'adam',
      challenger: 'sgd',
      gap: mean(values),
      ci95: tInterval(values),
      seeds: values.length,
      method: values.length > 1 ? 'paired-t' : 'single',
      perSeed: values.map((gap, seed) => ({ seed, gap })),
      bracketed: true,
      fresh: null,
      ...part,
    };
  });
}

const verdicts = (gaps: Gap[], batchSizes = sizes): Verdict[] =>
  judgeClaims(gaps, batchSizes, names).map((claim) => claim.verdict);
const opening = [0, 0.05, 0.13, 0.4, 0.46];
const shifted = (by: number) => opening.map((x) => x + by);

test('a gap that opens supports all claims, one that closes refutes them', () => {
  assert.deepEqual(verdicts(series([opening, shifted(0.01), shifted(-0.01)])), [
    'supported',
    'supported',
    'supported',
  ]);
  const closing = [...opening].reverse();
  const seeds = [closing, closing.map((x) => x + 0.01), closing.map((x) => x - 0.01)];
  assert.deepEqual(verdicts(series(seeds)), ['refuted', 'refuted', 'refuted']);
});

test('a study of two batch sizes has its trend in their difference, over seeds; of more, two do not tell', () => {
  const ends = (seeds: number[][]) => series(seeds).map((gap, i) => ({ ...gap, batchSize: [1, 64][i] }));
  const two = [
    [-0.1, 0.8],
    [-0.12, 0.7],
    [-0.11, 0.9],
  ];
  assert.deepEqual(verdicts(ends(two), [1, 64]), ['supported', 'supported', 'supported']);
  const falling = two.map(([a, b]) => [b, a]);
  assert.deepEqual(verdicts(ends(falling), [1, 64]), ['refuted', 'refuted', 'refuted']);
  assert.equal(verdicts(ends(two.slice(0, 1)), [1, 64])[0], 'inconclusive');
  assert.equal(verdicts(ends(two), [1, 8, 64])[0], 'inconclusive');
});

test('noise between seeds leaves claims open', () => {
  const noisy = series([opening, shifted(0.4).reverse(), shifted(-0.3)]);
  assert.deepEqual(verdicts(noisy), ['inconclusive', 'inconclusive', 'inconclusive']);
});

test('a gap that is large and flat does not grow', () => {
  const flat = [0.3, 0.3, 0.3, 0.3, 0.3];
  const seeds = [flat, flat.map((x) => x + 0.02), flat.map((x) => x - 0.01)];
  assert.deepEqual(verdicts(series(seeds)), ['refuted', 'refuted', 'supported']);
});

test('one seed cannot settle a single batch size, but a straight line through many can show a trend', () => {
  assert.deepEqual(verdicts(series([opening])), ['supported', 'inconclusive', 'inconclusive']);
  assert.match(judgeClaims(series([opening]), sizes, names)[0].evidence, /straight line/);
});

test('unbracketed gaps are set aside and named, and do not pass for the largest batch size', () => {
  const gaps = series([opening, shifted(0.01), shifted(-0.01)]);
  gaps[4].bracketed = false;
  const claims = judgeClaims(gaps, sizes, names);
  assert.deepEqual(
    claims.map((claim) => claim.verdict),
    ['supported', 'supported', 'inconclusive'],
  );
  assert.ok(claims.every((claim) => claim.evidence.includes('unbracketed: batch size 256')));
});

test('missing batch sizes, too few of them, or none leave claims open', () => {
  const gaps = series([opening, shifted(0.01)]);
  assert.deepEqual(verdicts(gaps.slice(1, 3)), ['inconclusive', 'inconclusive', 'inconclusive']);
  assert.deepEqual(verdicts([]), ['inconclusive', 'inconclusive', 'inconclusive']);
  assert.equal(verdicts(gaps.slice(0, 1), [1])[2], 'inconclusive');
});

test('the slope over seeds is the mean of their slopes, in nats per doubling', () => {
  const gaps = series([
    [0, 0.2, 0.4],
    [0.1, 0.2, 0.3],
  ]);
  const trend = gapSlope(gaps);
  assert.ok(Math.abs(trend.slope - 0.075) < 1e-12);
  assert.deepEqual(trend.ci95, tInterval([0.1, 0.05]));
});

test('verdicts never contradict the interval', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value, value), { minLength: 5, maxLength: 5 }), (points) => {
      const gaps = series([0, 1, 2].map((seed) => points.map((p) => p[seed])));
      const [grows, small, large] = verdicts(gaps);
      const [lo, hi] = gapSlope(gaps).ci95!;
      assert.equal(grows === 'supported', lo > 0);
      assert.ok(grows !== 'refuted' || hi < 0.01);
      assert.equal(small === 'supported', gaps[0].ci95![1] <= 0.08);
      assert.equal(large === 'supported', gaps[4].ci95![0] > 0.08);
    }),
  );
});

test('the crossover lies between the batch sizes where the gap leaves the margin for good', () => {
  const found = crossover(series([[0, 0.1, 0.05, 0.25, 0.4]]), 0.15);
  assert.deepEqual({ ...found, at: 0 }, { kind: 'crosses', at: 0, below: 16, above: 64 });
  assert.ok(found.kind === 'crosses' && Math.abs(found.at - 32) < 1e-9);
  assert.equal(crossover(series([[0.2, 0.3]]), 0.1).kind, 'always-above');
  assert.equal(crossover(series([[0.2, 0.05]]), 0.1).kind, 'never-above');
  assert.equal(crossover(series([[0.2]]), 0.1).kind, 'unknown');
});

test('effort counts settings once, seeds apart, and diverged runs by what they used', () => {
  const [adam, sgd] = effort(syntheticRows(), { tuningSeed: 0 });
  assert.deepEqual(
    [adam.optimizer, adam.runs, adam.settings, adam.seedRuns, adam.diverged],
    ['adam', 35, 25, 10, 0],
  );
  assert.equal(adam.tokens, 35_000_000);
  assert.deepEqual([sgd.runs, sgd.done, sgd.diverged, sgd.failed], [35, 30, 5, 0]);
  assert.equal(sgd.tokens, 30 * 1_000_000 + 5 * 60_000);
  assert.deepEqual(sgd.settingsPerCell, { min: 5, max: 5 });
  assert.deepEqual(sgd.lrRange, [0.0075, 4]);
  const rows = [
    row({ hyper: { momentum: 0.9 } }),
    row({ hyper: { momentum: 0.5 } }),
    row({ status: 'missing', lr: 1 }),
  ];
  const [entry] = effort(rows);
  assert.deepEqual(entry.varied, { momentum: [0.5, 0.9] });
  assert.deepEqual([entry.settings, entry.missing, entry.tokens], [2, 1, 2_000_000]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Gap } from '../gap.ts';
import { mean, seedsInterval, tInterval } from '../stats.ts';
import type { ClaimVerdict } from './claim.ts';
import { gapSlope, gradeGaps } from './every-study.ts';
import { pValue } from './many.ts';

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
      degrees: seedsInterval(values)?.degrees ?? null,
      seeds: values.length,
      method: values.length > 1 ? 'paired-t' : 'single',
      perSeed: values.map((gap, seed) => ({ seed, gap })),
      bracketed: true,
      open: [],
      missing: [],
      fresh: true,
      tuning: null,
      ci95Seeds: tInterval(values),
      choice: { down: 0, up: 0 },
      plateaus: null,
      tokensToLoss: null,
      ...part,
    };
  });
}

const verdicts = (gaps: Gap[], batchSizes = sizes): ClaimVerdict[] =>
  gradeGaps(gaps, batchSizes, names).map((claim) => claim.verdict);
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
  assert.match(gradeGaps(series([opening]), sizes, names)[0].evidence, /straight line/);
});

test('an open bracket withholds the verdicts that a better rate could overturn, and only those', () => {
  const judged = (cell: 'baseline' | 'challenger') => {
    const gaps = series([opening, shifted(0.01), shifted(-0.01)]);
    gaps[4] = { ...gaps[4], bracketed: false, open: [cell] };
    return gradeGaps(gaps, sizes, names);
  };
  assert.deepEqual(
    judged('challenger').map(({ verdict }) => verdict),
    ['inconclusive', 'supported', 'inconclusive'],
  );
  assert.match(
    judged('challenger')[2].evidence,
    /not bracketed for SGD at batch size 256, which could change this/,
  );
  // A better baseline would make the last gap larger still.
  assert.deepEqual(
    judged('baseline').map(({ verdict }) => verdict),
    ['supported', 'supported', 'supported'],
  );
});

test('what is missing withholds verdicts and is named: a batch size without a gap, a seed that diverged', () => {
  const gaps = series([opening, shifted(0.01), shifted(-0.01)]);
  const [grows] = gradeGaps(gaps.slice(0, 4), sizes, names);
  assert.equal(grows.verdict, 'inconclusive');
  assert.match(grows.evidence, /Missing, so that no verdict can stand: the gap at batch size 256\./);
  gaps[4].missing = ['seed 3 diverged (SGD at batch size 256)'];
  const claims = gradeGaps(gaps, sizes, names);
  assert.deepEqual(
    claims.map(({ verdict }) => verdict),
    ['inconclusive', 'supported', 'inconclusive'],
  );
  assert.match(claims[2].evidence, /seed 3 diverged \(SGD at batch size 256\)/);
});

test('gaps that lie on no line have no trend, and are given themselves', () => {
  const seeds = [0, 0.003, -0.002].map((shift) => [-0.139, -0.006, -0.287, 0.717].map((gap) => gap + shift));
  const [grows] = gradeGaps(series(seeds), sizes.slice(0, 4), names);
  assert.equal(grows.verdict, 'inconclusive');
  assert.match(grows.evidence, /−0\.139, −0\.006, −0\.287, \+0\.717/);
  assert.match(grows.evidence, /The gaps lie 0\.409 nats off a straight line, more than the seeds explain/);
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
  const trend = gapSlope(gaps)!;
  assert.ok(Math.abs(trend.slope - 0.075) < 1e-12);
  // The gaps lie on a line: seeds alone make the interval.
  trend.ci95!.forEach((end, i) => assert.ok(Math.abs(end - tInterval([0.1, 0.05])![i]) < 1e-12));
});

test('seeds that do not pair: the slope has the uncertainty of the gaps themselves, and a verdict', () => {
  // Two gaps, three doublings apart, each known to 0.04 (one standard error) with two degrees of freedom.
  const apart = (ends: [number, number]) =>
    ends.map((gap, i) => {
      const half = 4.302653 * 0.04;
      const ci95: [number, number] = [gap - half, gap + half];
      const known = { gap, ci95, ci95Seeds: ci95, degrees: 2, perSeed: [], method: 'welch-t' as const };
      return { ...series([[gap]])[0], ...known, batchSize: [1, 8][i] };
    });
  const slope = gapSlope(apart([0, 0.9]))!;
  assert.ok(Math.abs(slope.slope - 0.3) < 1e-12);
  // The difference of the gaps has the standard error 0.04 sqrt(2), at most two degrees counted.
  assert.ok(Math.abs(slope.ci95![1] - 0.3 - (4.302653 * 0.04 * Math.SQRT2) / 3) < 1e-6);
  assert.equal(slope.how, 'from the intervals of the gaps');
  assert.equal(verdicts(apart([0, 0.9]), [1, 8])[0], 'supported');
  assert.equal(verdicts(apart([0, 0.2]), [1, 8])[0], 'inconclusive');
  const [grows] = gradeGaps(apart([0, 0.9]), [1, 8], names);
  assert.ok(pValue(grows)! < 0.05);
});

test('verdicts never contradict the interval', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value, value), { minLength: 5, maxLength: 5 }), (points) => {
      const gaps = series([0, 1, 2].map((seed) => points.map((p) => p[seed])));
      const [grows, small, large] = verdicts(gaps);
      const [lo, hi] = gapSlope(gaps)!.ci95!;
      assert.equal(grows === 'supported', lo > 0);
      // Whatever made the interval: the p value is below 5% just where it has no zero in it.
      const [judged] = gradeGaps(gaps, sizes, names);
      if (judged.against === 0) assert.equal(pValue(judged)! < 0.05, lo > 0 || hi < 0);
      assert.ok(grows !== 'refuted' || hi < 0.01);
      assert.equal(small === 'supported', gaps[0].ci95![1] <= 0.08);
      assert.equal(large === 'supported', gaps[4].ci95![0] > 0.08);
    }),
  );
});

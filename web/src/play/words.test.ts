// Words follow the numbers: an interval with zero in it decides nothing, and disagreements are told only
// where they are.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { count } from '../../../src/report/format.ts';
import { cellAt, type Evidence, equalSteps, evidence, gapAt, meanLoss } from './evidence.ts';
import { disagreements, gapText, risenText } from './words.ts';

const gap = (gap: number, lo: number, hi: number, tokens = 1, batchSize = 1) => ({
  tokens,
  batchSize,
  gap,
  lo,
  hi,
});

test('a gap in words', () => {
  assert.equal(gapText(gap(0.5, 0.4, 0.6)), 'SGD is 0.50 nats behind (95% interval +0.40 to +0.60)');
  assert.equal(gapText(gap(-0.5, -0.6, -0.4)), 'SGD is 0.50 nats ahead (95% interval −0.60 to −0.40)');
  assert.match(gapText(gap(0.5, -0.1, 1)), /^the seeds do not decide who is ahead/);
  assert.match(gapText(gap(0.02, 0.01, 0.03)), /^the two are level/);
  assert.deepEqual([300_000, 1_024_000].map(count), ['300,000', '1.02 million']);
});

test('among equal steps the gap has grown only where the intervals part', () => {
  const first = gap(-0.1, -0.2, -0.05, 1000, 1);
  const group = [first, gap(0.1, 0, 0.2, 1, 4), gap(0.2, -0.1, 0.4, 1, 16), gap(0.3, 0.1, 0.5, 1, 64)];
  assert.match(risenText(group), /^At batch sizes 4 and 64 the gap is larger than at 1, beyond/);
  assert.match(risenText([first, group[2]]), /the seeds leave open/);
});

test('disagreements are told where they are, and nowhere else', () => {
  const like = (gaps: Evidence['gaps']): Evidence => ({
    ...evidence,
    ...{ lengths: [1000, 4000], batchSizes: [1, 64], gaps },
  });
  const agrees = like([
    ...[gap(-0.1, -0.2, -0.05, 1000, 1), gap(0, -0.1, 0.1, 4000, 1)],
    ...[gap(0.9, 0.8, 1, 1000, 64), gap(0.5, 0.4, 0.6, 4000, 64)],
  ]);
  assert.deepEqual(disagreements(agrees), []);
  const differs = like([
    ...[gap(-0.1, -0.2, -0.05, 1000, 1), gap(0.2, 0.1, 0.3, 4000, 1)],
    ...[gap(0.5, 0.4, 0.6, 1000, 64), gap(0.9, 0.8, 1, 4000, 64)],
  ]);
  const [small, large] = disagreements(differs);
  assert.equal(
    small.here,
    'at batch size 1 SGD is behind after 4,000 tokens (+0.20); ahead after 1,000 tokens (−0.10)',
  );
  assert.match(large.here, /\+0.50 after 1,000 tokens and \+0.90 after 4,000/);
  const turns: Evidence = {
    ...evidence,
    ...{ lengths: [1000, 4000, 16_000], batchSizes: [64] },
    gaps: [0.5, 0.9, 0.3].map((value, i) => gap(value, -1, 2, 1000 * 4 ** i, 64)),
  };
  assert.match(
    disagreements(turns)[0].here,
    /from \+0.50 after 1,000 tokens to \+0.90 after 4,000 tokens, and shrinks only then, to \+0.30 after 16,000/,
  );
});

describe('the measured runs', () => {
  test('gaps are the differences of the losses beside them', () => {
    for (const { tokens, batchSize, gap, lo, hi } of evidence.gaps) {
      const [sgd, adam] = ['sgd', 'adam'].map((name) => cellAt(evidence, tokens, batchSize, name)!);
      assert.ok(Math.abs(meanLoss(sgd) - meanLoss(adam) - gap) < 1e-9);
      assert.ok(lo <= gap && gap <= hi);
      assert.equal(sgd.losses.length, evidence.seeds.fresh);
      assert.ok(adam.tried.some(({ lr }) => lr === adam.lr));
    }
  });

  test('every step of the walk has what it draws', () => {
    assert.ok(evidence.lengths.length >= 2);
    for (const tokens of evidence.lengths)
      for (const batchSize of evidence.batchSizes) {
        assert.ok(gapAt(evidence, tokens, batchSize), `${tokens} tokens at batch size ${batchSize}`);
        for (const name of ['sgd', 'adam']) {
          const curve = evidence.curves.find(
            (c) => c.tokens === tokens && c.batchSize === batchSize && c.optimizer === name,
          );
          assert.ok(curve!.points.length > 10);
        }
      }
    const groups = equalSteps(evidence);
    assert.ok(groups.length >= 2);
    // About as many: the factor of a batch size to the next is not exactly that of the lengths.
    for (const group of groups)
      for (const { steps } of group) assert.ok(steps / group[0].steps > 0.5 && steps / group[0].steps < 2);
  });
});

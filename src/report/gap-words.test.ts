// Sentences about gaps must be true of every order of gaps, and where some are not known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeMargin } from '../analysis/claims/decide.ts';
import { crossover } from '../analysis/crossover.ts';
import type { Cell } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { rankingSentences } from './answer-ranking.ts';
import { gapSentence, trendSentences } from './gap-words.ts';
import type { Group } from './types.ts';

const gapAt = (batchSize: number, gap: number): Gap =>
  ({ batchSize, gap, baseline: 'adam', challenger: 'sgd', ci95: null, seeds: 1 }) as Gap;

/** The sentence on where the challenger keeps up. */
function keepsUp(bySize: Record<number, number>, sizes = Object.keys(bySize).map(Number)): string {
  const gaps = Object.entries(bySize).map(([size, gap]) => gapAt(Number(size), gap));
  const claims = [{ id: 'gap-grows-with-batch-size', text: '', verdict: 'inconclusive', evidence: '' }];
  // The gap of another arm is not meant.
  const other = { ...gapAt(1, 9), challenger: 'lion' };
  const found = { margin: closeMargin, ...crossover(gaps, closeMargin) };
  const group = { gaps: [other, ...gaps], claims, crossover: found } as unknown as Group;
  return trendSentences(group, 'sgd', 'adam', sizes)[1];
}

const near = 'the mean loss of SGD is at most 0.08 nats above that of Adam';

test('up to where SGD keeps up: true of gaps that fall, and of batch sizes without one', () => {
  assert.equal(
    keepsUp({ 1: 0, 4: 0.05, 16: 0.3 }),
    `Up to batch size 4 ${near}; from batch size 16 on it is more.`,
  );
  assert.equal(
    keepsUp({ 1: 0.2, 4: 0.05, 16: 0.3 }),
    `At batch size 4 ${near}, but not at every smaller one; from batch size 16 on it is more.`,
  );
  assert.equal(
    keepsUp({ 4: 0.05, 16: 0.3 }, [1, 4, 16, 64]),
    `At batch size 4 ${near}; from batch size 16 on it is more wherever both have a loss.`,
  );
  assert.equal(keepsUp({ 1: 0.2, 4: 0.05 }), `Even at the largest batch size ${near}.`);
  assert.equal(keepsUp({ 1: 0, 4: 0.05 }, [1, 4, 16]), `Even at batch size 4 ${near}.`);
  const more = 'the mean loss of SGD is more than 0.08 nats above that of Adam.';
  assert.equal(keepsUp({ 1: 0.2, 4: 0.3 }), `At every batch size ${more}`);
  assert.equal(keepsUp({ 1: 0.2, 4: 0.3 }, [1, 4, 16]), `At every batch size with losses of both ${more}`);
});

test('equal losses of one seed are neither ahead nor behind', () => {
  assert.match(
    gapSentence(gapAt(4, 0), 'token'),
    /^At batch size 4 tuned SGD and Adam have equal losses in the one seed/,
  );
  assert.match(gapSentence(gapAt(4, -0.2), 'token'), /SGD is 0\.200 nats per token ahead of Adam/);
});

test('a ranking speaks of intervals where there are some', () => {
  const cell = (optimizer: string, losses: number[]) =>
    ({
      ...{
        optimizer,
        batchSize: 4,
        model: 'nano',
        tokens: 1,
        bracketed: true,
        failed: 0,
        missing: 0,
        diverged: 0,
      },
      erratic: [],
      best: {
        ...{ seeds: losses.map((_, seed) => seed), valLossSeeds: losses, valLossMean: losses[0] },
        ...{ tuning: [], fresh: true },
        ...{ seedsDiverged: [], seedsFailed: [], seedsMissing: [] },
      },
    }) as unknown as Cell;
  const of = (first: number[]) =>
    rankingSentences([cell('adam', first), cell('sgd', [3.5, 3.6])], 'token', 'ends')[0];
  assert.match(of([3.2]), /Behind it: SGD by 0\.300\./);
  assert.match(of([3.2, 3.21]), /Behind it, with 95% intervals: SGD by 0\.345 \(/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradeClaims } from './registry.ts';
import { noisy, study } from './study.testing.ts';

type Loss = (batchSize: number, seed: number) => number;

/** Losses at batch size 1 and above; `own` more in every second seed. */
const ends =
  (small: number, large: number, own = 0.002): Loss =>
  (b, s) =>
    noisy(b === 1 ? small : large)(b, s) + own * (s % 2);

const verdicts = (drift: Loss, tokens: Loss = ends(3.21, 3.3)) => {
  const facts = study({ adam: ends(3.3, 3.2), sgd: ends(3.2, 3.9), 'adam-tokens': tokens, drift });
  return gradeClaims('drift-hybrid', facts).map(({ verdict }) => verdict);
};

test('drift must be near the better of the two at both ends, not near the other', () => {
  assert.deepEqual(verdicts(ends(3.21, 3.23)).slice(0, 2), ['supported', 'supported']);
  assert.deepEqual(verdicts(ends(3.3, 3.3)).slice(0, 2), ['refuted', 'refuted']);
  // As Adam everywhere, and as SGD everywhere.
  assert.deepEqual(verdicts(ends(3.3, 3.2)).slice(0, 2), ['refuted', 'supported']);
  assert.deepEqual(verdicts(ends(3.2, 3.9)).slice(0, 2), ['supported', 'refuted']);
  // At the margin, and seeds a twentieth of a nat apart.
  const near = ends(3.26, 3.26, 0.05);
  assert.deepEqual(verdicts(near).slice(0, 2), ['inconclusive', 'inconclusive']);
});

test('beyond its memory: against Adam with the same half-life', () => {
  assert.equal(verdicts(ends(3.2, 3.1), ends(3.2, 3.2))[2], 'supported');
  assert.equal(verdicts(ends(3.2, 3.3), ends(3.2, 3.2))[2], 'refuted');
  assert.equal(verdicts(ends(3.2, 3.2, 0.05), ends(3.2, 3.22))[2], 'inconclusive');
});

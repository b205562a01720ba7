import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noisy, study } from './fixture.ts';
import { gradeClaims } from './registry.ts';

const verdicts = (drift: (batchSize: number, seed: number) => number) => {
  const facts = study({
    adam: (b, s) => noisy(b === 1 ? 3.3 : 3.2)(b, s),
    sgd: (b, s) => noisy(b === 1 ? 3.2 : 3.9)(b, s) + 0.002 * s,
    drift,
  });
  return gradeClaims('drift-hybrid', facts).map(({ verdict }) => verdict);
};

test('drift must be near the better of the two at both ends, not near the other', () => {
  assert.deepEqual(
    verdicts((b, s) => noisy(b === 1 ? 3.21 : 3.23)(b, s) + 0.003 * (s % 2)),
    ['supported', 'supported'],
  );
  assert.deepEqual(verdicts(noisy(3.3)), ['refuted', 'refuted']);
  // As Adam everywhere, and as SGD everywhere.
  assert.deepEqual(
    verdicts((b, s) => noisy(b === 1 ? 3.3 : 3.2)(b, s)),
    ['refuted', 'supported'],
  );
  assert.deepEqual(
    verdicts((b, s) => noisy(b === 1 ? 3.2 : 3.9)(b, s)),
    ['supported', 'refuted'],
  );
  // Within the margin of it, give or take.
  assert.deepEqual(
    verdicts((b, s) => noisy(b === 1 ? 3.28 : 3.28)(b, s) + 0.05 * (s % 2)),
    ['inconclusive', 'inconclusive'],
  );
});

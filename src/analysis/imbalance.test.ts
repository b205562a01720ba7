// Frequency groups on counts whose division is obvious, and on Zipf's law.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frequencyGroups, lossByGroup } from './imbalance.ts';

test('groups have equal numbers of samples, most frequent first; unseen tokens are the rarest', () => {
  const { of, tokens, share } = frequencyGroups([1, 4, 1, 0, 2, 0], 2);
  assert.deepEqual([...of], [1, 0, 1, 1, 1, 1]);
  assert.deepEqual(tokens, [1, 5]);
  assert.deepEqual(share, [0.5, 0.5]);
});

test("Zipf's law in ten groups: a few tokens make up the first, most of them the last", () => {
  const counts = Array.from({ length: 2000 }, (_, i) => Math.round(1e6 / (i + 1)));
  const { tokens, share } = frequencyGroups(counts, 10);
  share.forEach((part, i) => assert.ok(Math.abs(part - 0.1) < (i < 2 ? 0.06 : 0.02), `${i}: ${part}`));
  assert.ok(tokens[0] <= 2 && tokens[9] > 800);
  assert.equal(
    tokens.reduce((a, b) => a + b),
    2000,
  );
});

test('a token of more than its share leaves a group empty', () => {
  const { tokens, share } = frequencyGroups([80, 10, 10], 4);
  assert.deepEqual(tokens, [0, 1, 0, 2]);
  assert.deepEqual(share, [0, 0.8, 0, 0.2]);
});

test('loss by group of the target', () => {
  const found = lossByGroup({ of: Int32Array.of(0, 2, 2), groups: 3 }, [0, 1, 2, 2], [1, 2, 3, 4], 2);
  // In the third group one sequence has 2, the other 3 and 4: (2 - 3) and (7 - 6)
  // over three targets, times 2 / 1.
  assert.deepEqual(found, { loss: [1, null, 3], error: [null, null, Math.sqrt(4) / 3], samples: [1, 0, 3] });
});

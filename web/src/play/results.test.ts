// The visitor's gap plot pairs races by seed, takes the latest, and tells divergence from a gap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepResults, keptResults, ownGaps, type Result } from './results.ts';

const race = (batchSize: number, arm: string, loss: number | null, seed = 1): Result => ({
  ...{ given: 'tokens', batchSize, arm, lr: 1, seed, loss },
});
const pair = { arm: 'sgd', against: 'adam', given: 'tokens' } as const;

test('a gap is the mean over seeds of the latest races, the smallest batch first', () => {
  const gaps = ownGaps(
    [
      ...[race(128, 'sgd', 9), race(128, 'adam', 4), race(128, 'sgd', 5), race(128, 'sgd', 4.5, 2)],
      ...[race(128, 'adam', 4, 2), race(2, 'adam', 3.5), race(2, 'sgd', 3.5), race(8, 'sgd', 3)],
      { ...race(8, 'adam', 3), given: 'steps' as const },
    ],
    pair,
  );
  assert.deepEqual(
    gaps.map(({ batchSize, gap, seeds }) => [batchSize, gap, seeds.length]),
    [
      [2, 0, 1],
      [128, 0.75, 2],
    ],
  );
});

test('where one diverged there is no gap, and it is not left out', () => {
  const [only] = ownGaps(
    [race(2, 'sgd', null), race(2, 'adam', 3), race(2, 'sgd', 3, 2), race(2, 'adam', 3, 2)],
    pair,
  );
  assert.equal(only.gap, null);
  assert.equal(only.seeds.length, 2);
});

test('races outlive a reload, and nonsense in the storage is passed over', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
  assert.deepEqual(keptResults(storage), []);
  keepResults(storage, [race(2, 'sgd', 3)]);
  assert.deepEqual(keptResults(storage), [race(2, 'sgd', 3)]);
  for (const bad of ['{', '{}', '[null, 1, {"arm": "sgd"}]']) {
    kept.set('gaplab:play', bad);
    assert.deepEqual(keptResults(storage), []);
  }
  const full = {
    setItem: () => {
      throw new Error('full');
    },
  } as unknown as Storage;
  keepResults(full, []);
});

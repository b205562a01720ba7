import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effort } from './effort.ts';
import { row, syntheticRows } from './synthetic-rows.testing.ts';

test('effort counts settings once, seeds apart, and diverged runs by what they used', () => {
  const [adam, sgd] = effort(syntheticRows(), { tuning: [0] });
  assert.deepEqual(
    [adam.optimizer, adam.runs, adam.settings, adam.seedRuns, adam.diverged],
    ['adam', 40, 25, 15, 0],
  );
  assert.equal(adam.tokens, 40_000_000);
  assert.deepEqual([sgd.runs, sgd.done, sgd.diverged, sgd.failed], [40, 35, 5, 0]);
  assert.equal(sgd.tokens, 35 * 1_000_000 + 5 * 60_000);
  assert.deepEqual(sgd.settingsPerCell, { min: 5, max: 5 });
  assert.deepEqual(sgd.lrRange, [0.0075, 4]);
  // A further tuning seed is no fresh one.
  const [contested] = effort(syntheticRows(), { tuning: [0, 1] });
  assert.deepEqual([contested.settings, contested.contestRuns, contested.seedRuns], [25, 5, 10]);
  const rows = [
    row({ hyper: { momentum: 0.9 } }),
    row({ hyper: { momentum: 0.5 } }),
    row({ status: 'missing', lr: 1 }),
  ];
  const [entry] = effort(rows);
  assert.deepEqual(entry.varied, { momentum: [0.5, 0.9] });
  assert.deepEqual([entry.settings, entry.missing, entry.tokens], [2, 1, 2_000_000]);
});

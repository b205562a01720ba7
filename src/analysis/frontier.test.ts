import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frontier } from './frontier.ts';
import { missingOf } from './missing.ts';
import type { RunRow } from './rows.ts';
import { row, syntheticRows } from './synthetic-rows.testing.ts';

const grid = (losses: (number | RunRow['status'])[], part: Partial<RunRow> = {}) =>
  losses.map((x, i) =>
    typeof x === 'number'
      ? row({ ...part, lr: 2 ** i, valLoss: x })
      : row({ ...part, lr: 2 ** i, status: x }),
  );

test('the best of a grid is bracketed when judged learning rates stand on both sides', () => {
  const [cell] = frontier(grid([3, 2, 2.5]));
  assert.equal(cell.best?.lr, 2);
  assert.equal(cell.bracketed, true);
  assert.equal(cell.edge, null);
  assert.equal(cell.tried, 3);
});

test('at the edge of the grid the cell says on which side it is open', () => {
  assert.equal(frontier(grid([3, 2.5, 2]))[0].edge, 'upper');
  assert.equal(frontier(grid([2, 2.5, 3]))[0].edge, 'lower');
  assert.equal(frontier(grid([2]))[0].edge, 'both');
});

test('a diverged neighbour closes the bracket, a failed or missing one does not', () => {
  assert.equal(frontier(grid([3, 2, 'diverged']))[0].bracketed, true);
  assert.equal(frontier(grid([3, 2, 'failed']))[0].bracketed, false);
  assert.equal(frontier(grid([3, 2, 'missing']))[0].bracketed, false);
  assert.equal(frontier(grid([3, 2, 'failed', 3]))[0].edge, 'upper');
  const [cell] = frontier(grid([3, 2, 'diverged', 'failed', 'missing', 'missing']));
  assert.deepEqual([cell.tried, cell.done, cell.diverged, cell.failed, cell.missing], [3, 2, 1, 1, 2]);
});

test('learning rates tried with other hyperparameters do not close the bracket', () => {
  const rows = [
    ...grid([3, 2], { hyper: { momentum: 0.9 } }),
    ...grid([9, 9, 9], { hyper: { momentum: 0.95 } }),
  ];
  assert.equal(frontier(rows)[0].edge, 'upper');
});

test('a hyperparameter at the end of three or more values is named', () => {
  const rows = [0.9, 0.95, 0.98].map((momentum) => row({ hyper: { momentum }, valLoss: 4 - momentum }));
  assert.deepEqual(frontier(rows)[0].hyperEdges, ['momentum']);
  assert.deepEqual(frontier(rows.slice(1))[0].hyperEdges, []);
});

test('a setting without a loss at the first tuning seed is not chosen, however low it is at another', () => {
  const rows = grid([3, 2, 'failed']);
  const again = grid([9, 2.1, 1], { seed: 1000 });
  const tuned = (more: RunRow[]) => frontier([...rows, ...more], { tuning: [0, 1000] })[0];
  assert.equal(tuned([again[2]]).best?.lr, 2);
  const { best, noise, failed } = tuned(again);
  assert.deepEqual([best?.lr, best?.tuning.map(({ valLoss }) => valLoss), failed], [2, [2, 2.1], 1]);
  // From two settings with two seeds: squares 18 and .005.
  assert.ok(Math.abs(noise! - Math.sqrt((18 + 0.005) / 2)) < 1e-9);
});

test('what a cell lacks is told in words', () => {
  const lacks = (...losses: Parameters<typeof grid>[0]) => missingOf(frontier(grid(losses))[0]);
  assert.deepEqual(lacks(3, 2, 2.5), []);
  assert.deepEqual(lacks(3, 2, 'failed'), ['1 tuning run failed']);
  assert.deepEqual(lacks('diverged', 'diverged'), ['every run diverged', 'no loss']);
  assert.deepEqual(lacks('missing', 'missing', 'diverged'), [
    '2 tuning runs not made',
    'every other run diverged',
    'no loss',
  ]);
});

test('other seeds are reported and never choose', () => {
  const rows = [
    ...grid([3, 2, 2.5]),
    row({ lr: 4, seed: 1, valLoss: 1 }),
    row({ lr: 2, seed: 1, valLoss: 2.2 }),
  ];
  rows.push(row({ lr: 2, seed: 2, status: 'diverged' }), row({ lr: 2, seed: 3, status: 'missing' }));
  const { best } = frontier(rows)[0];
  assert.equal(best?.lr, 2);
  assert.equal(best?.valLoss, 2);
  // The tuning seed chose, so it is not among the seeds that count.
  assert.deepEqual([best?.valLossSeeds, best?.fresh], [[2.2], true]);
  assert.deepEqual(best?.tuning, [{ seed: 0, valLoss: 2 }]);
  assert.deepEqual([best?.seeds, best?.seedsDiverged, best?.seedsMissing], [[1], [2], [3]]);
});

test('a cell without a finished run has no best', () => {
  const [cell] = frontier(grid(['diverged', 'diverged', 'failed']));
  assert.deepEqual([cell.best, cell.bracketed, cell.edge], [null, false, null]);
  assert.deepEqual(frontier([]), []);
});

test('a finished copy of a run replaces its failed copy', () => {
  const [cell] = frontier([row({ status: 'failed' }), row({ valLoss: 3 })]);
  assert.deepEqual([cell.done, cell.failed], [1, 0]);
});

test('the frontier does not depend on the order of the rows, and no judged run beats its best', () => {
  const rows = syntheticRows();
  const cells = frontier(rows, { tuning: [0] });
  assert.equal(cells.length, 10);
  assert.ok(cells.every((cell) => cell.bracketed));
  // The order of optimizers is that of the rows, so compare by cell.
  const byCell = (list: typeof cells) => new Map(list.map((c) => [`${c.optimizer} ${c.batchSize}`, c]));
  fc.assert(
    fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
      assert.deepEqual(byCell(frontier(shuffled, { tuning: [0] })), byCell(cells));
    }),
    { numRuns: 20 },
  );
});

test('for any outcomes: best is the minimum, bracketed means judged neighbours on both sides', () => {
  const outcome = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.constantFrom<RunRow['status'][]>('diverged', 'failed', 'missing'),
  );
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 1, maxLength: 8 }), (outcomes) => {
      const [cell] = frontier(grid(outcomes));
      const losses = outcomes.filter((x) => typeof x === 'number');
      if (losses.length === 0) return assert.equal(cell.best, null);
      assert.equal(cell.best?.valLoss, Math.min(...losses));
      const at = Math.log2(cell.best!.lr);
      const isJudged = (x: (typeof outcomes)[number]) => typeof x === 'number' || x === 'diverged';
      assert.equal(cell.bracketed, isJudged(outcomes[at - 1]) && isJudged(outcomes[at + 1]));
    }),
  );
});

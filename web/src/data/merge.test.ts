// Answers by cursor: rows are added, replaced and taken away, and curves grow at their end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metrics, RunColumns, RunTable } from '../../../src/server/wire.ts';
import { mergeMetrics, mergeRuns } from './merge.ts';

/** A table of runs: `[run, optimizer, loss, momentum]`. */
const table = (
  cursor: string,
  rows: [string, string, number | null, number?][],
  rest: Partial<RunTable> = {},
): RunTable => {
  const columns = {
    run: rows.map(([run]) => run),
    optimizer: rows.map(([, optimizer]) => optimizer),
    valLoss: rows.map(([, , loss]) => loss),
    hyper: rows.some((row) => row[3] !== undefined) ? { momentum: rows.map((row) => row[3] ?? null) } : {},
  };
  return { cursor, whole: false, gone: [], columns: columns as unknown as RunColumns, ...rest };
};

const shown = ({ columns: { run, optimizer, valLoss, hyper } }: RunTable) =>
  run.map((id, i) => [id, optimizer[i], valLoss[i], hyper.momentum?.[i] ?? null]);

test('rows replace those of the same run and optimizer, new ones follow, and those that are gone go', () => {
  const before = table(
    '1',
    [
      ['a', 'sgd', null],
      ['b', 'adam', 4],
      ['b', 'adam2', 4],
    ],
    { whole: true },
  );
  const after = mergeRuns(
    before,
    table(
      '2',
      [
        ['a', 'sgd', 3.5],
        ['c', 'sgd', 3, 0.9],
      ],
      { gone: ['b adam2'] },
    ),
  );
  assert.equal(after.cursor, '2');
  assert.deepEqual(shown(after), [
    ['a', 'sgd', 3.5, null],
    ['b', 'adam', 4, null],
    ['c', 'sgd', 3, 0.9],
  ]);
  assert.deepEqual(shown(before)[0], ['a', 'sgd', null, null]);
});

test('a whole table replaces everything, and an empty answer changes nothing but the cursor', () => {
  const before = table('1', [['a', 'sgd', 3]], { whole: true });
  assert.deepEqual(shown(mergeRuns(before, table('9', [['z', 'sgd', 1]], { whole: true }))), [
    ['z', 'sgd', 1, null],
  ]);
  const same = mergeRuns(before, table('2', []));
  assert.equal(same.columns, before.columns);
  assert.equal(same.cursor, '2');
});

const curve = (cursor: string, step: number[], columns: Record<string, (number | null)[]>, whole = false) =>
  ({
    ...{ run: 'a', cursor, whole, ended: false, thinned: false, damage: null, step, columns },
    ...{ clippedKinds: {}, clippedLayers: {} },
  }) as unknown as Metrics;

test('a curve grows at its end; a number that only some lines have is null elsewhere', () => {
  const grown = mergeMetrics(
    curve('1', [1, 2], { loss: [5, 4] }, true),
    curve('2', [3], { loss: [3], valLoss: [3.2] }),
  );
  assert.deepEqual(grown.step, [1, 2, 3]);
  assert.deepEqual(grown.columns.loss, [5, 4, 3]);
  assert.deepEqual(grown.columns.valLoss, [null, null, 3.2]);
  const anew = mergeMetrics(grown, curve('7', [1], { loss: [6] }, true));
  assert.deepEqual(anew.step, [1]);
});

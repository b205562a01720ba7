// The filter of the table of runs, and its order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunColumns } from '../../../src/server/wire.ts';
import { filtered, sorted } from './filter.ts';

const columns = {
  run: ['aa', 'bb', 'cc'],
  optimizer: ['sgd', 'adam', 'sgd'],
  model: ['nano', 'nano', 'nano'],
  state: ['done', 'diverged', 'running'],
  rule: ['bracket', 'bracket', 'fresh'],
  reason: [null, 'loss is <b>NaN</b>', null],
  batchSize: [4, 64, 64],
  lr: [0.1, 0.003, 1],
  valLoss: [3.2, null, null],
  hyper: { momentum: [0.9, null, 0], beta2: [null, 0.99, null] },
} as unknown as RunColumns;

test('words are looked for anywhere, comparisons in the number that they name', () => {
  assert.deepEqual(filtered(columns, ''), [0, 1, 2]);
  assert.deepEqual(filtered(columns, ' SGD '), [0, 2]);
  assert.deepEqual(filtered(columns, 'sgd batch=64'), [2]);
  assert.deepEqual(filtered(columns, 'lr>=0.1 lr<1'), [0]);
  assert.deepEqual(filtered(columns, 'momentum>0'), [0]);
  assert.deepEqual(filtered(columns, 'beta2=0.99'), [1]);
  assert.deepEqual(filtered(columns, '<b>nan'), [1]);
  // A run without the number is neither below nor above.
  assert.deepEqual(filtered(columns, 'loss<100'), [0]);
  assert.deepEqual(filtered(columns, 'loss>0 diverged'), []);
  for (const none of ['nothing=1', 'constructor=1', 'toString>0'])
    assert.deepEqual(filtered(columns, none), []);
});

test('one of several words may be asked for in one column', () => {
  assert.deepEqual(filtered(columns, 'optimizer=SGD|lion'), filtered(columns, 'optimizer=sgd'));
  assert.deepEqual(filtered(columns, 'state=done|diverged'), [0, 1]);
  assert.deepEqual(filtered(columns, 'state=don'), []);
});

test('a number is found as the table writes it, and whole numbers are exact', () => {
  const written = { ...columns, lr: [0.03125, 0.0314, 1024], batchSize: [1024, 1020, 1] } as RunColumns;
  assert.deepEqual(filtered(written, 'lr=0.0313'), [0]);
  assert.deepEqual(filtered(written, 'lr=0.03125'), [0]);
  assert.deepEqual(filtered(written, 'batch=1020'), [1]);
});

test('what is not known stands last in both orders', () => {
  assert.deepEqual(sorted([0, 1, 2], columns.lr, false), [1, 0, 2]);
  assert.deepEqual(sorted([0, 1, 2], columns.lr, true), [2, 0, 1]);
  for (const descending of [false, true])
    assert.deepEqual(sorted([2, 1, 0], columns.valLoss, descending), [0, 1, 2]);
});

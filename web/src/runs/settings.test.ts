// Runs by their setting: what is pinned, how it is called, and its colour.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { row } from '../../../src/analysis/synthetic-rows.testing.ts';
import { settingsOf, slotsOf } from './settings.ts';

test('seeds of one setting are together; labels say what differs between rows', () => {
  const settings = settingsOf([
    row({ runId: 'a', optimizer: 'sgd', hyper: { momentum: 0.9 } }),
    row({ runId: 'b', optimizer: 'sgd', hyper: { momentum: 0.9 }, seed: 1 }),
    row({ runId: 'c', optimizer: 'sgd', hyper: { momentum: 0 } }),
    row({ runId: 'd', optimizer: 'adam', hyper: { beta2: 0.99 } }),
  ]);
  assert.deepEqual(
    settings.map(({ id, label, runs }) => [id, label, runs.length]),
    [
      ['a', 'SGD, batch 4, rate 0.01, momentum=0.9', 2],
      ['c', 'SGD, batch 4, rate 0.01, momentum=0', 1],
      ['d', 'Adam, batch 4, rate 0.01', 1],
    ],
  );
  const [small, large] = settingsOf([row(), row({ tokens: 2_000_000 })]);
  assert.equal(small.label, 'Adam, batch 4, rate 0.01, 1,000,000 tokens');
  assert.equal(large.label, 'Adam, batch 4, rate 0.01, 2,000,000 tokens');
});

test('two optimizers that share a run can be pinned each', () => {
  const settings = settingsOf([
    row({ runId: 'a', optimizer: 'sgd' }),
    row({ runId: 'a', optimizer: 'momentum-0' }),
  ]);
  assert.deepEqual(
    settings.map(({ id }) => id),
    ['a', 'a~momentum-0'],
  );
});

test('the first setting of an arm has its colour, further ones have colours of no arm that is shown', () => {
  const settings = settingsOf([
    row({ optimizer: 'sgd' }),
    row({ optimizer: 'sgd', batchSize: 16 }),
    row({ optimizer: 'adam' }),
    row({ optimizer: 'lion' }),
    row({ optimizer: 'lion', batchSize: 16 }),
  ]);
  const slots = slotsOf(settings, ['lion', 'sgd', 'adam']);
  assert.deepEqual(slots, [1, 3, 0, 2, 4]);
});

// The critical batch size on made-up steps to a target.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { criticalBatchSize } from './lr-lab.ts';

test('critical batch size: the largest with steps in proportion to 1 / B, within a fifth', () => {
  const rows = [
    [1, 1000],
    [2, 510],
    // Batch times steps is 1,192 and 1,216, where a fifth more than at first is 1,200:
    // just inside and just outside.
    [4, 298],
    [8, 152],
    [16, null],
  ].map(([batchSize, stepsToTarget]) => ({ batchSize: batchSize!, stepsToTarget }));
  assert.equal(criticalBatchSize(rows), 4);
  assert.equal(criticalBatchSize(rows.slice(4)), null);
});

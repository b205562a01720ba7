import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossover } from './crossover.ts';
import type { Gap } from './gap.ts';

const gapsOf = (values: number[]) => values.map((gap, i) => ({ batchSize: 4 ** i, gap }) as Gap);

test('the crossover lies between the batch sizes where the gap leaves the margin for good', () => {
  const found = crossover(gapsOf([0, 0.1, 0.05, 0.25, 0.4]), 0.15);
  assert.deepEqual({ ...found, at: 0 }, { kind: 'crosses', at: 0, below: 16, above: 64 });
  assert.ok(found.kind === 'crosses' && Math.abs(found.at - 32) < 1e-9);
  assert.equal(crossover(gapsOf([0.2, 0.3]), 0.1).kind, 'always-above');
  assert.equal(crossover(gapsOf([0.2, 0.05]), 0.1).kind, 'never-above');
  assert.equal(crossover(gapsOf([0.2]), 0.1).kind, 'unknown');
});

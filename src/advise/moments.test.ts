// Moments of a probe: what they predict, and what tells nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measurement } from '../report/measurement.ts';
import { momentsOf } from './moments.ts';

const measured = (step: number, total: Record<string, number | null>): Measurement => ({
  ...{ run: 'mine', id: '0', optimizer: 'adam', batchSize: 2, lr: 0.002, seed: 1 },
  ...{ schema: 1, probe: 'noise', step, tokens: 128 * step, options: {}, seconds: 1 },
  tables: { total: [total] },
});

test('the prediction is B* (1 - beta) / (1 + beta), as a mean over measurements after the start', () => {
  const { predicted, noiseScale, source } = momentsOf([
    measured(0, { criticalBatch: 1, noiseScale: 1 }),
    measured(50, { criticalBatch: 390, noiseScale: 20 }),
    measured(100, { criticalBatch: 1560, noiseScale: 80 }),
  ]);
  assert.ok(Math.abs(predicted!.at - (780 * 0.05) / 1.95) < 1e-9);
  assert.match(predicted!.bound, /all its measurements/);
  assert.ok(Math.abs(noiseScale! - 40) < 1e-9);
  assert.match(source, /adam at batch size 2, for a momentum of 0.95/);
});

test('a measurement that knows only a bound makes the prediction one', () => {
  const bound = momentsOf([
    measured(50, { criticalBatch: 390, noiseScale: null }),
    measured(100, { criticalBatch: null, criticalBatchLo: 390, noiseScale: null }),
  ]);
  assert.match(bound.predicted!.bound, /at least/);
  assert.ok(Math.abs(bound.predicted!.at - 10) < 1e-9);
  assert.equal(bound.noiseScale, null);
});

test('an untrained model tells nothing, and that is said', () => {
  assert.throws(() => momentsOf([measured(0, { criticalBatch: 100 })]), /untrained models only/);
});

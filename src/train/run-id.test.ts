import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digest } from '../files/seal.ts';
import type { RunConfig } from './config.ts';
import { runId } from './run-id.ts';

const config = (
  name: string,
  hyper: Record<string, number> = {},
  model: Record<string, unknown> = {},
): RunConfig => ({ optimizer: { name, hyper }, model }) as unknown as RunConfig;

test('runs whose words have changed their meaning have other ids than before; all others keep theirs', () => {
  const changed = [
    config('adafactor'),
    config('adafactor#sgd'),
    config('layerClip(sgd)'),
    config('nsgd', { layerwise: 1 }),
    config('adam#nsgd', { 'nsgd.layerwise': 1 }),
    config('adam', {}, { mlp: 'moe', balance: 0.01 }),
  ];
  for (const one of changed) assert.notEqual(runId(one), digest(one).slice(0, 16), JSON.stringify(one));
  const same = [
    config('adam'),
    config('nsgd', { layerwise: 0 }),
    config('adam#sgd', { layerwise: 0 }),
    config('sgd', {}, { mlp: 'moe', balance: 0 }),
    config('sgd', {}, { mlp: 'swiglu', balance: 0.01 }),
  ];
  for (const one of same) assert.equal(runId(one), digest(one).slice(0, 16), JSON.stringify(one));
});

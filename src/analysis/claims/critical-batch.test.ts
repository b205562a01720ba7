import assert from 'node:assert/strict';
import { test } from 'node:test';
import { row } from '../synthetic-rows.testing.ts';
import { criticalLinear } from './critical-batch.ts';
import { facts, wholeStudy } from './whole-study.testing.ts';

/** Steps that the common loss takes, by batch size; the loss falls in a straight line to it and beyond. */
type Steps = (batchSize: number) => number;

function judged(steps: Record<'sgd' | 'adam', Steps>) {
  const study = wholeStudy(1, 'one');
  const tokens = 1_000_000;
  const rows = (['sgd', 'adam'] as const).flatMap((optimizer) =>
    study.batchSizes.flatMap((batchSize) => {
      const common = { optimizer, batchSize, tokens };
      const winner = (seed: number) => {
        const last = tokens / (64 * batchSize);
        const curve = Array.from({ length: 1000 }, (_, i) => {
          const step = ((i + 1) * last) / 1000;
          return {
            step,
            tokens: step * 64 * batchSize,
            loss: 5 - step / (steps[optimizer](batchSize) * (1 + seed / 100)),
          };
        });
        return row({
          ...common,
          lr: 0.01,
          seed,
          valLoss: 3 + 0.01 * seed,
          trainLoss: 4 - 0.02,
          lossCurve: curve,
        });
      };
      return [0.005, 0.02].map((lr) => row({ ...common, lr, valLoss: 4 })).concat(study.seeds.map(winner));
    }),
  );
  return criticalLinear.judge(facts({ ...study, frontiers: [{ model: 'nano', tokens, steps: null }] }, rows));
}

test('a critical batch size that the study does not reach is told as a bound', () => {
  const linear: Steps = (batchSize) => 8000 / batchSize;
  const { verdict, evidence } = judged({ adam: linear, sgd: (batchSize) => Math.max(200, 8000 / batchSize) });
  assert.equal(verdict, 'supported');
  assert.match(evidence, /Critical batch sizes: Adam at least 64, SGD 25 sequences\./);
  const turned = judged({ adam: (batchSize) => Math.max(200, 8000 / batchSize), sgd: linear });
  assert.equal(turned.verdict, 'refuted');
  assert.match(turned.evidence, /Adam 25, SGD at least 64 sequences\./);
});

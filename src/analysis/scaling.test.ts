// Early progress and its exponents, from runs that lose loss as a known power of the batch size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradeClaims } from './claims/registry.ts';
import type { RunRow } from './rows.ts';
import { lossProgressOf, predictedDrift, progressCurves } from './scaling.ts';
import { row } from './synthetic-rows.testing.ts';

const models = { nano: { seqLen: 64 } };
const sizes = [1, 2, 4, 8, 16];
const steps = 40;
/** Loss lost from step 8 on is 1e-3 B^power, each seed a little off. */
function runs(optimizer: string, power: number, lr: number, seeds = [1, 2, 3]): RunRow[] {
  return sizes.flatMap((batchSize) =>
    seeds.map((seed) => {
      const lost = 1e-3 * batchSize ** power * (1 + 0.01 * seed * Math.cos(batchSize + seed));
      return row({
        ...{ optimizer, batchSize, lr, seed, tokens: steps * 64 * batchSize, valLoss: 7 - lost },
        lossCurve: [
          { step: 1, tokens: 64, loss: 7.1 },
          { step: 8, tokens: 512, loss: 7.1, valLoss: 7 },
          { step: 16, tokens: 1024, loss: 7, valLoss: 6.99 },
        ],
        probes: [
          {
            ...{ probe: 'noise', step: 0, tokens: 0 },
            tables: { drift: [1, 2, 4, 8, 16, 32].map((b) => ({ sequences: b, drift: 0.1 * Math.sqrt(b) })) },
          },
        ],
      });
    }),
  );
}

test('progress is loss lost per learning rate and step, from the first validation to the end', () => {
  const [first] = lossProgressOf(runs('sgd', 0, 0.01, [0]), models);
  assert.ok(Math.abs(first.progress - 1e-3 / (0.01 * 32)) < 1e-9);
  assert.deepEqual([first.optimizer, first.batchSize, first.seed], ['sgd', 1, '0']);
});

test('progress counts the steps that were taken and the learning rates that they had', () => {
  const [one] = runs('sgd', 0, 0.01, [0]);
  // A budget of 40.6 steps, of which whole batches make 40; the learning rate falls on a line from 0.01 to 0.
  const schedule = { name: 'linear', warmup: 0, final: 0 };
  const row = { ...one, tokens: 2600, tokensTrained: 2560, stepsTaken: 40, schedule };
  const time = Array.from({ length: 32 }, (_, i) => 0.01 * (1 - (8 + i) / 39)).reduce((a, b) => a + b);
  assert.ok(Math.abs(lossProgressOf([row], models)[0].progress - 1e-3 / time) < 1e-9);
});

test('runs without a validation on the way, unfinished ones, and other learning rates are left out', () => {
  const whole = runs('sgd', 0, 0.01);
  const blind = whole.map((one) => ({ ...one, lossCurve: [{ step: 1, tokens: 64, loss: 7 }] }));
  assert.deepEqual(lossProgressOf(blind, models), []);
  const lost = whole.map((one) => ({ ...one, status: 'diverged' as const, valLoss: null }));
  assert.deepEqual(lossProgressOf(lost, models), []);
  const other = runs('sgd', 1, 0.02).filter(({ batchSize }) => batchSize < 4);
  assert.equal(lossProgressOf([...other, ...whole], models).length, whole.length);
});

test('exponents over seeds, with an interval; of one curve from its scatter', () => {
  const [sgd, sign] = progressCurves(
    lossProgressOf([...runs('sgd', 0, 0.01), ...runs('signsgd', 0.5, 1e-4)], models),
  );
  assert.ok(Math.abs(sgd.fit!.exponent) < 0.02 && Math.abs(sign.fit!.exponent - 0.5) < 0.02);
  for (const { fit } of [sgd, sign])
    assert.ok(fit!.ci95![0] < fit!.exponent && fit!.exponent < fit!.ci95![1]);
  assert.deepEqual(
    sign.points.map(({ batchSize }) => batchSize),
    sizes,
  );
  // All seeds start at 1, without uncertainty.
  assert.deepEqual(sign.points[0], { batchSize: 1, relative: 1, lo: 1, hi: 1 });
  assert.ok(sign.points[4].lo! < sign.points[4].relative && Math.abs(sign.points[4].relative - 4) < 0.3);
  const single = progressCurves(
    sizes.map((batchSize) => ({ optimizer: 'a', batchSize, progress: batchSize })),
  );
  assert.ok(Math.abs(single[0].fit!.exponent - 1) < 1e-12);
  assert.equal(progressCurves([{ optimizer: 'a', batchSize: 1, progress: 1 }])[0].fit, null);
});

test('Theorem 1 is read off the measurement before training', () => {
  const predicted = predictedDrift(runs('adam', 0, 1), [1, 4, 64]);
  assert.deepEqual(predicted, [
    { batchSize: 1, drift: predicted[0].drift },
    { batchSize: 4, drift: predicted[1].drift },
  ]);
  assert.ok(Math.abs(predicted[1].drift - 0.2) < 1e-12);
  const later = runs('adam', 0, 1).map((one) => ({
    ...one,
    probes: one.probes!.map((p) => ({ ...p, step: 40 })),
  }));
  assert.deepEqual(predictedDrift(later, [1]), []);
});

test('the claims on exponents, both ways', () => {
  const verdicts = (sgd: number, sign: number, change = (one: RunRow) => one) => {
    const rows = [...runs('sgd', sgd, 0.01), ...runs('signsgd', sign, 1e-4)].map(change);
    const study = {
      ...{ rows, cells: [], arms: ['sgd', 'signsgd'], batchSizes: sizes, models },
      frontiers: [{ model: 'nano', tokens: null, steps }],
      ...{ theory: [], seeds: [1, 2, 3], probed: { noise: [1, 2, 3] } },
    };
    return gradeClaims('scaling', study)
      .filter(({ id }) => id.startsWith('scaling'))
      .map(({ verdict }) => verdict);
  };
  assert.deepEqual(verdicts(0, 0.5), ['supported', 'supported', 'supported']);
  assert.deepEqual(verdicts(0.3, 0.2), ['refuted', 'refuted', 'refuted']);
  assert.deepEqual(verdicts(-0.3, 0.9), ['refuted', 'refuted', 'refuted']);
  const unmeasured = (one: RunRow) => ({ ...one, probes: [] });
  assert.deepEqual(verdicts(0, 0.5, unmeasured), ['supported', 'supported', 'inconclusive']);
});

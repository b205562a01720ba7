// The opening of the gap against what gradient noise predicts, on runs whose noise is made up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frontier } from '../frontier.ts';
import { noisePredictions } from '../opening.ts';
import { TUNING, tunedApart } from '../synthetic-rows.testing.ts';
import type { StudyFacts } from './claim.ts';
import { gradeClaims } from './registry.ts';
import { factsOf, noisy, study } from './study.testing.ts';

const arms = ['adam', 'sgd'];
const sizes = [1, 4, 16, 64];

/**
 * A gap that leaves .08 nats at 8 sequences, give or take the seed; Adam at batch
 * size 1 measures `critical` and `scale`.
 */
function facts(
  critical: number,
  scale: number,
  gap = (b: number) => 0.08 + 0.1 * (Math.log2(b) - 3),
): StudyFacts {
  const { rows } = study(
    { adam: noisy(3.2), sgd: (b, s) => noisy(3.2)(b, s) + gap(b) + 0.002 * (s % 3) },
    sizes,
  );
  const probed = rows.map((row) => {
    if (row.optimizer !== 'adam' || row.batchSize !== 1 || row.seed === 0) return row;
    const at = (tokens: number, by: number) => ({
      ...{ probe: 'noise', step: tokens / 64, tokens },
      tables: {
        total: [{ criticalBatch: critical * by * 1.01 ** row.seed, noiseScale: scale * by }],
        layers: [],
      },
    });
    // What is measured before training is not used.
    return { ...row, hyper: { beta1: 0.95 }, probes: [at(0, 1e6), at(500_000, 0.5), at(1_000_000, 2)] };
  });
  // One hyperparameter for all of Adam, as in a study.
  const same = probed.map((row) => (row.optimizer === 'adam' ? { ...row, hyper: { beta1: 0.95 } } : row));
  return {
    ...factsOf(same, arms, sizes),
    cells: frontier(tunedApart(same), { tuning: [TUNING], fresh: [0, 1, 2, 3] }),
    probed: { noise: [1, 2, 3] },
  };
}

const graded = (study: StudyFacts) =>
  Object.fromEntries(gradeClaims('noise-prediction', study).map((claim) => [claim.id, claim]));

test('a prediction within a factor of four is supported, one beyond refuted, both ways', () => {
  // B* 312 is 8 with the momentum of 39 batches.
  const claims = graded(facts(312, 8));
  assert.deepEqual(
    ['opening-drift', 'opening-momentum', 'opening-noise-scale'].map((id) => claims[id].verdict),
    ['refuted', 'supported', 'supported'],
  );
  assert.ok(Math.abs(claims['opening-drift'].effect! - Math.log2(8 / 312)) < 0.2);
  assert.ok(Math.abs(claims['opening-noise-scale'].effect!) < 0.2);
  assert.match(claims['opening-momentum'].evidence, /Measured 7\.\d sequences, predicted 8\.\d\./);
  assert.equal(graded(facts(8, 0.5))['opening-noise-scale'].verdict, 'refuted');
});

test('near the factor of four it cannot be told', () => {
  const noisyGap = graded(facts(31, 31))['opening-drift'];
  assert.equal(noisyGap.verdict, 'inconclusive');
});

test('a gap that is open everywhere, or nowhere, gives a bound, and refutes only what no bound could save', () => {
  const open = graded(facts(312, 3, () => 0.5));
  assert.equal(open['opening-drift'].verdict, 'refuted');
  assert.match(open['opening-drift'].evidence, /is past 0\.08 nats already at the smallest batch size/);
  assert.equal(open['opening-noise-scale'].verdict, 'inconclusive');
  const closed = graded(facts(64, 1, () => 0));
  assert.equal(closed['opening-drift'].verdict, 'inconclusive');
  assert.equal(closed['opening-noise-scale'].verdict, 'refuted');
  assert.match(
    closed['opening-noise-scale'].evidence,
    /is not past 0\.08 nats even at the largest batch size/,
  );
});

test('where the samples show no signal the prediction is a bound, and a verdict that a larger one could overturn is withheld', () => {
  const known = facts(312, 8);
  const rows = known.rows.map((row) => ({
    ...row,
    probes: row.probes?.map((point, k) =>
      k === 1
        ? {
            ...point,
            tables: {
              ...point.tables,
              total: [{ criticalBatch: null, criticalBatchLo: 156, criticalBatchHi: null, noiseScale: null }],
            },
          }
        : point,
    ),
  }));
  const claims = graded({ ...known, rows });
  // B* is at least what it was: still too large. With momentum it may be larger than a factor of four.
  assert.equal(claims['opening-drift'].verdict, 'refuted');
  assert.equal(claims['opening-momentum'].verdict, 'inconclusive');
  assert.match(claims['opening-momentum'].evidence, /In 3 of 3 seeds the samples were too few/);
  // Nothing is known of the noise scale there: what is left is a bound as well.
  assert.equal(claims['opening-noise-scale'].verdict, 'inconclusive');
});

test('without measured noise, or with one batch size, nothing is decided', () => {
  const { rows } = facts(8, 8);
  const bare = factsOf(
    rows.map((row) => ({ ...row, probes: [] })),
    arms,
    sizes,
  );
  assert.match(graded(bare)['opening-drift'].evidence, /no seed has both/i);
  const single = factsOf(
    rows.filter((row) => row.batchSize === 1),
    arms,
    [1],
  );
  assert.match(graded(single)['opening-drift'].evidence, /^Fewer than two batch sizes/);
});

test('seeds that lie outside on different sides are told apart', () => {
  const { rows } = study({ adam: noisy(3.2), sgd: noisy(3.2) }, sizes);
  const off = (seed: number) => (seed === 1 ? 0.5 : 0);
  const base = facts(8, 8);
  const mixed = base.rows.map((row) =>
    row.optimizer === 'sgd' && row.valLoss !== null
      ? { ...row, valLoss: rows.find(({ runId }) => runId === row.runId)!.valLoss! + off(row.seed) }
      : row,
  );
  const cells = frontier(tunedApart(mixed), { tuning: [TUNING], fresh: [0, 1, 2, 3] });
  const { evidence } = graded({ ...base, rows: mixed, cells })['opening-drift'];
  assert.match(evidence, /In 1 of 3 seeds the gap is past 0\.08 nats already at the smallest batch size/);
  assert.match(evidence, /In 2 of 3 seeds the gap is not past 0\.08 nats even at the largest batch size/);
});

test('how much of a run was trained counts what it trained, not what whole batches left of its budget', () => {
  const row = facts(8, 8).rows.find(({ probes }) => probes)!;
  const shares = (change: object) => noisePredictions({ ...row, ...change }).map(({ trained }) => trained);
  assert.deepEqual(shares({}), [0, 0.5, 1]);
  assert.deepEqual(shares({ tokens: 1_250_000, tokensTrained: 1_000_000 }), [0, 0.5, 1]);
});

test('momentum that is given as a half-life counts as what it is per step', () => {
  const row = facts(312, 8).rows.find(({ probes }) => probes)!;
  const predicted = (change: object) => noisePredictions({ ...row, ...change })[1].batchSizes.momentum?.at;
  const run = { tokensTrained: 1_000_000, stepsTaken: 1000 };
  const expected = predicted({ hyper: { beta1: 0.5 } })!;
  // A thousand tokens a step halve the average.
  assert.equal(predicted({ ...run, hyper: { beta1HalfLife: 1000 } }), expected);
  assert.equal(predicted({ hyper: { beta1HalfLife: 1000 } }), undefined);
});

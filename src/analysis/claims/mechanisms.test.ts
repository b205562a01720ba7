// Sharpness, block spectra and gradient noise: claims judged on measurements that are made up, both ways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbedPoint } from '../rows.ts';
import type { StudyFacts } from './claim.ts';
import { gradeClaims } from './registry.ts';
import { factsOf, noisy, study } from './study.testing.ts';

const arms = ['adam', 'sgd'];
const sizes = [1, 64];

/** Every number a thousand times as far below zero: what would turn each verdict, if it counted. */
const misleading = (tables: ProbedPoint['tables']): ProbedPoint['tables'] =>
  Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [
      name,
      rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? -1000 * value : value]),
        ),
      ),
    ]),
  );

type Measure = (arm: string, batchSize: number, seed: number) => ProbedPoint['tables'];

/**
 * Tuned runs whose winners' seeds 1 to 3 were measured before training, when nothing should count,
 * and twice during it.
 */
function probed(probe: string, measure: Measure): StudyFacts {
  const { rows } = study({ adam: noisy(3.2), sgd: noisy(3.5) }, sizes);
  const points = (tables: ProbedPoint['tables']) => [
    { probe, step: 0, tokens: 0, tables: misleading(tables) },
    { probe: 'other', step: 5, tokens: 320, tables: {} },
    ...[10, 20].map((step) => ({ probe, step, tokens: 64 * step, tables })),
  ];
  const facts = factsOf(
    rows.map((row) =>
      row.seed === 0 ? row : { ...row, probes: points(measure(row.optimizer, row.batchSize, row.seed)) },
    ),
    arms,
    sizes,
  );
  return { ...facts, probed: { [probe]: [1, 2, 3] } };
}

const verdicts = (experiment: string, facts: StudyFacts) =>
  Object.fromEntries(gradeClaims(experiment, facts).map((claim) => [claim.id, claim]));

/** Sharpness of SGD's and of Adam's direction, and the terms of the run's own step. */
const terms = (sgd: number, adam: number, [first, second]: [number, number]) => ({
  terms: [
    { direction: 'update', actualUpdate: true, sharpness: 99, first, second, sum: first + second, actual: 0 },
    { direction: 'sgd', actualUpdate: false, sharpness: sgd, first: 0, second: 0, sum: 0, actual: 0 },
    { direction: 'adam', actualUpdate: false, sharpness: adam, first: 0, second: 0, sum: 0, actual: 0 },
  ],
});

test('sharpness: supported where SGD is the sharper one and more so at large batch, refuted the other way round', () => {
  const facts = (at64: number, at1: number, second: number) =>
    verdicts(
      'sharpness',
      probed('sharpness', (_, batchSize, seed) =>
        terms((batchSize === 64 ? at64 : at1) * (1 + 0.01 * seed), 1, [-1, second + 0.01 * seed]),
      ),
    );
  const yes = facts(9, 1, 0.8);
  assert.deepEqual(
    ['sharpness-higher', 'sharpness-follows-gap', 'adam-sum-near-zero'].map((id) => yes[id].verdict),
    ['supported', 'supported', 'supported'],
  );
  assert.ok(Math.abs(yes['sharpness-higher'].effect! - 0.8) < 0.01);
  assert.ok(Math.abs(yes['adam-sum-near-zero'].effect! - 0.82) < 1e-9);
  const no = facts(0.1, 1, 0.2);
  assert.deepEqual(
    ['sharpness-higher', 'sharpness-follows-gap', 'adam-sum-near-zero'].map((id) => no[id].verdict),
    ['refuted', 'refuted', 'refuted'],
  );
});

test('sharpness: seeds that disagree decide nothing', () => {
  const mixed = verdicts(
    'sharpness',
    probed('sharpness', (_, __, seed) => terms([0, 4, 0.25, 1][seed], 1, [-1, 0.5])),
  );
  assert.equal(mixed['sharpness-higher'].verdict, 'inconclusive');
  assert.equal(mixed['sharpness-follows-gap'].verdict, 'refuted');
});

const spectra = (distance: number, topRatio: number | null) => ({ heterogeneity: [{ distance, topRatio }] });

test('heterogeneity: both ways', () => {
  const facts = (at64: number, at1: number, ratio: number | null) =>
    verdicts(
      'heterogeneity',
      probed('hessian', (_, batchSize, seed) =>
        spectra((batchSize === 64 ? at64 : at1) + 0.001 * seed ** 2 * (batchSize === 64 ? 1 : 0), ratio),
      ),
    );
  const yes = facts(0.5, 0.3, 1000);
  assert.equal(yes['blocks-differ'].verdict, 'supported');
  assert.equal(yes['blocks-differ'].effect, 3);
  assert.equal(yes['heterogeneity-follows-gap'].verdict, 'supported');
  const no = facts(0.2, 0.3, 5);
  assert.equal(no['blocks-differ'].verdict, 'refuted');
  assert.equal(no['heterogeneity-follows-gap'].verdict, 'refuted');
  assert.equal(facts(0.5, 0.3, null)['blocks-differ'].verdict, 'inconclusive');
});

const noise = (exponent: number, kurtosis: number[]) => ({
  total: [{ exponent, criticalBatch: null, noiseScale: null }],
  layers: kurtosis.map((k, i) => ({ layer: `layer ${i}`, kurtosis: k })),
});

test('noise: the exponent is held from both sides, the median layer decides on tails', () => {
  const facts = (exponent: number, kurtosis: number[]) =>
    verdicts(
      'noise-prediction',
      probed('noise', (_, __, seed) => noise(exponent + 0.001 * seed, kurtosis)),
    );
  const near = facts(-1.02, [0.1, 0.3, 90]);
  assert.equal(near['noise-inverse-batch'].verdict, 'supported');
  assert.equal(near['noise-gaussian'].verdict, 'supported');
  assert.ok(Math.abs(near['noise-gaussian'].effect! - 0.3) < 1e-9);
  // Of two middle layers the median is half way.
  assert.ok(Math.abs(facts(-1, [3.8, 10.8])['noise-gaussian'].effect! - 7.3) < 1e-9);
  const far = facts(-0.7, [0.1, 5, 90, 100]);
  assert.equal(far['noise-inverse-batch'].verdict, 'refuted');
  assert.equal(far['noise-gaussian'].verdict, 'refuted');
  assert.equal(facts(-1.3, [0])['noise-inverse-batch'].verdict, 'refuted');
});

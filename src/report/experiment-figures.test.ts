import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claims } from '../analysis/claims/registry.ts';
import type { ProbedPoint, RunRow } from '../analysis/rows.ts';
import { row } from '../analysis/synthetic-rows.testing.ts';
import { labSpec } from '../theory/specs/registry.ts';
import { runLab } from '../theory/specs/run.ts';
import { experimentFigures } from './experiment-figures.ts';
import { loadedStudy } from './study-dir.testing.ts';
import { factsOf, summarizeStudy } from './summary.ts';

const batchSizes = [1, 4, 16];

/** What every probe that a figure reads has measured, before training and after it. */
const probes = [0, 100].flatMap((step): ProbedPoint[] => {
  const term = { first: -0.02, second: 0.01, sum: -0.01, actual: -0.011 };
  const at = { step, tokens: 64 * step };
  return [
    {
      ...at,
      probe: 'sharpness',
      tables: {
        terms: [
          { direction: 'update', actualUpdate: true, sharpness: 1, ...term },
          { direction: 'sgd', actualUpdate: false, sharpness: 2, ...term },
          { direction: 'adam', actualUpdate: false, sharpness: 1, ...term },
        ],
      },
    },
    { ...at, probe: 'hessian', tables: { heterogeneity: [{ distance: 0.4, topRatio: 300 }] } },
    {
      ...at,
      probe: 'noise',
      tables: {
        total: [{ exponent: -1, criticalBatch: 300, noiseScale: 8 }],
        layers: [{ layer: 'layers.0.mlp.up', kurtosis: 1.5, criticalBatch: 200 }],
        variance: [1, 2].map((sequences) => ({ layer: 'all', sequences, scaled: 1.01 })),
      },
    },
  ];
});

/** The labs of the presets, small. */
const theory = await Promise.all(
  [
    { lab: 'sde', sigma: [10], batchSizes: [1, 16], paths: 64, steps: 20, points: 4 },
    ...['columns', 'isotropic', 'hessian'].map((noise) => ({
      ...{
        lab: 'quadratic',
        name: noise,
        noise,
        seeds: 2,
        steps: 20,
        lr: { from: 1e-3, to: 1, perDecade: 1 },
      },
    })),
    { lab: 'imbalance', levels: 2, steps: 10, seeds: 2 },
  ].map((spec) => runLab(labSpec.parse(spec))),
);

/** Winners with a curve, clipped shares and losses by frequency, three seeds of them, and two neighbours. */
function facts(change: (row: RunRow) => RunRow = (one) => one) {
  const rows = ['adam', 'sgd'].flatMap((optimizer) =>
    batchSizes.flatMap((batchSize) => {
      const loss = 3 + (optimizer === 'sgd' ? 0.1 * Math.log2(batchSize) : 0);
      const steps = 1_000_000 / (64 * batchSize);
      const one = (lr: number, seed: number) =>
        row({
          ...{ optimizer, batchSize, lr, seed },
          valLoss: loss + (lr === 0.01 ? 0 : 0.2) + 0.01 * seed,
          trainLoss: loss,
          seconds: 10 + batchSize,
          groupLosses: [loss - 1, loss, null, loss + 1],
          probes,
          lossCurve: Array.from({ length: 50 }, (_, i) => ({
            step: ((i + 1) * steps) / 50,
            tokens: 20_000 * (i + 1),
            loss: loss + 4 / (i + 1) - 0.08,
            seconds: i,
            ...(i === 9 ? { valLoss: loss + 1 } : {}),
            clippedKinds: { norm: 0.4, mlp: 0.1 },
          })),
        });
      return [one(0.005, 0), one(0.02, 0), ...[0, 1, 2].map((seed) => one(0.01, seed))].map(change);
    }),
  );
  const loaded = { ...loadedStudy(rows, { batchSizes }), theory };
  return factsOf(loaded, summarizeStudy(loaded).cells);
}

const names = [...new Set(claims.map((claim) => claim.figure))];

test('every figure that a claim names draws what there is, in a file, in a page, as a table', () => {
  const figures = experimentFigures(facts(), names, ['sgd', 'adam']);
  assert.deepEqual(
    figures.map(({ name, empty }) => [name, empty]),
    names.map((name) => [name, false]),
  );
  for (const figure of figures) {
    for (const svg of [figure.svg(), figure.inline(350)]) {
      assert.match(svg, /<svg /);
      assert.doesNotMatch(svg, /NaN|undefined|Infinity/, figure.name);
    }
    assert.ok(figure.csv().split('\r\n').length > 3, figure.name);
  }
});

test('of runs that diverged, or have not been made, nothing is drawn and nothing breaks', () => {
  for (const status of ['diverged', 'missing'] as const) {
    const study = facts((one) => ({
      ...one,
      status,
      valLoss: null,
      lossCurve: undefined,
      groupLosses: undefined,
      probes: undefined,
    }));
    study.theory = [];
    for (const figure of experimentFigures(study, names, ['sgd', 'adam'])) {
      assert.doesNotMatch(figure.svg(), /NaN|undefined|Infinity/, figure.name);
      if (figure.name === 'arms')
        assert.match(figure.svg(), status === 'diverged' ? />every run diverged</ : />no loss yet</);
    }
  }
});

// The figures of gradient noise: in every study that measured it and has tuned gaps, and only there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunRow } from '../analysis/rows.ts';
import { row } from '../analysis/synthetic-rows.testing.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { noiseFigures } from './noise.ts';
import { reportPage } from './page.ts';
import { loadedStudy } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

const batchSizes = [1, 4, 16];
const probes: FrozenStudy['probes'] = [{ name: 'noise', options: {}, pace: { times: 2 }, runs: 'winners' }];

/** SGD is worse by .1 nats per doubling from batch size 2 on; B* doubles from measurement to measurement. */
function loaded(change: Partial<FrozenStudy> = { probes }, critical: number | null = 40) {
  const measurement = (k: number) => ({
    ...{ probe: 'noise', step: k, tokens: 500_000 * k },
    tables: {
      total: [{ criticalBatch: critical && critical * 2 ** k, noiseScale: 30 }],
      layers: [
        'embedding',
        'layers.0.attention.qkv',
        'layers.1.attention.qkv',
        'layers.0.attention.norm',
        'head',
      ].map((layer, i) => ({ layer, criticalBatch: i === 4 ? null : 10 * 2 ** (i + k) })),
    },
  });
  const rows = ['adam', 'sgd'].flatMap((optimizer) =>
    batchSizes.flatMap((batchSize) => {
      const loss = 3 + (optimizer === 'sgd' ? 0.1 * (Math.log2(batchSize) - 1) : 0);
      const one = (lr: number, seed: number): RunRow => ({
        ...row({ optimizer, batchSize, lr, seed, valLoss: loss + (lr === 0.01 ? 0 : 0.2) + 0.01 * seed }),
        probes: seed === 0 ? [] : [0, 1, 2].map(measurement),
      });
      return [one(0.005, 0), one(0.02, 0), ...[0, 1, 2].map((seed) => one(0.01, seed))];
    }),
  );
  return loadedStudy(rows, { batchSizes, ...change });
}
const figures = (study: ReturnType<typeof loaded>) => noiseFigures(study, summarizeStudy(study));

test('the opening, measured and predicted, and the prediction over training', () => {
  const study = loaded();
  const [opening, training] = figures(study);
  assert.deepEqual([opening.name, training.name], ['opening', 'opening-training']);
  const lines = opening
    .csv()
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
  const value = (label: string, column: string) =>
    Number(lines.find((line) => line.join(',').includes(label))![lines[0].indexOf(column)]);
  // .08 nats are reached .8 doublings beyond batch size 2.
  assert.ok(Math.abs(value('opening measured', 'x') - 2 ** 1.8) < 1e-9);
  // 80 and 160 after the start: 113, from 80 to 160, the same in both seeds.
  const [, , x, , lo, hi, from, to] = opening
    .csv()
    .split('\r\n')
    .find((line) => line.startsWith('predicted,"B*, Adam 1"'))!
    .replace('"B*, Adam 1"', 'label')
    .split(',')
    .map(Number);
  assert.ok(Math.abs(x - Math.sqrt(80 * 160)) < 1e-9 && Math.abs(lo - x) < 1e-9 && Math.abs(hi - x) < 1e-9);
  assert.deepEqual([from, to], [80, 160]);
  // Layers of one kind are one line; one that has no signal anywhere has no value.
  const series = new Set(
    training
      .csv()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[2]),
  );
  for (const name of ['all coordinates', 'embedding', 'attention.qkv', 'norm', 'head'])
    assert.ok(series.has(name), name);
  for (const figure of [opening, training])
    for (const svg of [figure.svg(), figure.inline(350)]) assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
});

test('in the page of any study with the probe; not without it, nor where nothing was tuned or compared', () => {
  const study = loaded();
  assert.match(reportPage(study, summarizeStudy(study)), /What gradient noise predicts/);
  assert.deepEqual(figures(loaded({})), []);
  const untuned = loaded();
  untuned.rows = untuned.rows.filter((one) => one.lr === 0.01);
  assert.deepEqual(figures(untuned), []);
  assert.deepEqual(figures(loaded({ probes, baseline: null, challenger: null })), []);
  const named = figures(loaded({ probes, experiment: 'noise-prediction' }));
  assert.deepEqual(
    named.map(({ name }) => name),
    ['opening-training'],
    'its claims show the other',
  );
});

test('noise that could not be told from signal says so', () => {
  const [opening] = figures(loaded({ probes }, null));
  assert.match(opening.svg(), />not measured</);
});

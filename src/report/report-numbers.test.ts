// The answer follows the numbers, whatever they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import type { ModelConfig } from '../model/config.ts';
import { modelPreset } from '../model/presets.ts';
import { reportPage } from './page.ts';
import { page } from './readable.testing.ts';
import { loadedStudy } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

test('losses are named by what the models predict, in words, tables and figures', () => {
  const units = (models: Record<string, ModelConfig>) => {
    const loaded = loadedStudy(syntheticRows(), { models });
    const text = reportPage(loaded, summarizeStudy(loaded));
    return [...new Set(text.match(/nats(\/| per )[a-z ]+(?=[<),]| behind| ahead)/g))].sort();
  };
  const nano = modelPreset('nano');
  const masked = modelPreset('nano', { objective: 'mlm' });
  assert.deepEqual(units({ nano }), ['nats per token', 'nats/token']);
  assert.deepEqual(units({ nano: masked }), ['nats per masked token', 'nats/masked token']);
  assert.deepEqual(units({ nano: modelPreset('nano-vision') }), ['nats per image', 'nats/image']);
  assert.deepEqual(units({ nano, other: masked }), ['nats per prediction', 'nats/prediction']);
});

test('the answer follows the numbers: a gap that does not grow, one that is negative, one seed', () => {
  const before = new Map(summarizeStudy(loadedStudy()).gaps.map((g) => [g.batchSize, g.gap]));
  const moved = (gap: (batchSize: number) => number) =>
    syntheticRows().map((row) => {
      if (row.valLoss === null || row.optimizer === 'adam') return row;
      return { ...row, valLoss: row.valLoss + gap(row.batchSize) - before.get(row.batchSize)! };
    });
  const flat = page(loadedStudy(moved(() => 0.2)));
  assert.match(
    flat,
    /The gap between SGD and Adam does not grow with batch size\. At every batch size the mean loss of SGD is more than 0\.08 nats above that of Adam\./,
  );
  const shrinking = page(loadedStudy(moved((b) => -0.05 * Math.log2(b))));
  assert.match(
    shrinking,
    /At batch size 256 tuned SGD is 0\.\d+ nats per token ahead of Adam \(95% interval 0\.\d+ to 0\.\d+, 3 seeds\)/,
  );
  assert.match(shrinking, /does not grow/);
  assert.match(shrinking, /refuted: The gap between SGD and Adam grows/);
  const single = page(loadedStudy(syntheticRows([0])));
  assert.match(single, /in the one seed that both have, so the uncertainty is unknown/);
  assert.match(single, /Every gap stands on one seed/);
  assert.match(single, /from the scatter about a straight line/);
  // The study was to have three fresh seeds.
  assert.match(single, /Missing, so that no verdict can stand: seeds 1, 2 and 3 not run/);
});

test('an open bracket is marked in the answer, the tables and the verdicts', () => {
  const rows = syntheticRows().filter(
    (row) => !(row.optimizer === 'sgd' && row.batchSize === 256 && row.lr > 1),
  );
  const text = page(loadedStudy(rows));
  assert.match(text, /at the edge of what was tried for SGD at 256/);
  assert.match(text, /no, open above/);
  assert.match(
    text,
    /The best learning rate is not bracketed for SGD at batch size 256, which could change this/,
  );
});

test('a winner whose further seeds diverged is not passed off as a good mean', () => {
  const rows = syntheticRows().map((row) =>
    row.optimizer === 'sgd' && row.batchSize === 64 && row.seed === 2
      ? { ...row, status: 'diverged' as const, valLoss: null }
      : row,
  );
  const text = page(loadedStudy(rows));
  assert.match(text, /Some seeds of the winner diverged for SGD at 64/);
  assert.match(text, /2 \(1 diverged\)/);
});

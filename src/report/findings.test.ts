// The page of findings, from a map with made-up losses and the sweep of methods beside the published one.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { MANIFEST } from '../files/manifest.ts';
import type { ModelConfig } from '../model/config.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { RunRequest } from '../study/tuner.ts';
import { spreadOut } from './findings-figures.ts';
import { writeFindings } from './findings-page.ts';
import { readLedger } from './ledger.ts';
import { writeLedgerPage } from './ledger-page.ts';
import { reportedStudy, writeStudyDir } from './study-dir.testing.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-findings-'));

/**
 * The gap of the made-up map: it grows with batch size, and is -0.1 in the corner
 * of small batches and short runs.
 */
const gapAt = (batchSize: number, tokens: number) =>
  -0.1 + 0.1 * Math.log2(batchSize) + 0.1 * Math.log2(tokens / 65536);

function write(
  name: string,
  change: Partial<FrozenStudy>,
  left: (request: RunRequest) => boolean = () => false,
) {
  const dir = join(root, name);
  mkdirSync(dir);
  const study = reportedStudy({ name, size: 'long', batchSizes: [1, 4, 16], ...change });
  writeStudyDir(dir, study, (request: RunRequest) => {
    const { point } = request;
    if (left(request)) return undefined as never;
    const guess = study.optimizers[point.optimizer].lr;
    const first = 'guess' in guess ? guess.guess : 1;
    const octaves = Math.log2(point.lr / first);
    const behind = point.optimizer === 'sgd' ? gapAt(point.batchSize, point.tokens) : 0;
    return {
      valLoss:
        4 +
        behind +
        0.1 * octaves ** 2 +
        0.001 * point.seed +
        (point.optimizer === 'sgd' ? 0.0002 * (point.seed % 2) : 0),
    };
  });
  return dir;
}
const noCarry = (arms: FrozenStudy['optimizers']) =>
  Object.fromEntries(
    Object.entries(arms).map(([label, arm]) => [label, { ...arm, lr: { ...arm.lr, carry: 0 } }]),
  ) as FrozenStudy['optimizers'];

test('the page has the map with its numbers, and its links lead to figures', () => {
  const optimizers = noCarry(reportedStudy().optimizers);
  const dir = write('map', { experiment: 'map', tokens: [65536, 131072, 262144], optimizers });
  const file = join(root, 'findings.md');
  const [page, ...figures] = writeFindings(file, readLedger([dir])).files;
  const text = readFileSync(page, 'utf8');
  assert.equal(figures.length, 5);
  for (const [, target] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
    assert.ok(existsSync(join(dirname(file), target)), target);
  assert.match(
    text,
    /At batch size 1 SGD minus Adam is −0\.10 after 65,536 tokens .* and \+0\.10 after 262,144 tokens/,
  );
  assert.match(text, /No claim was judged at two sizes yet/);
  assert.doesNotMatch(text, /NaN|undefined|\[object|Runs go on/);
  const svg = readFileSync(join(root, 'findings', 'map.svg'), 'utf8');
  // Batch size 16 and four times the tokens: -0.1 + 0.4 + 0.2.
  assert.match(svg, />\+0\.50</);
  assert.match(svg, />−0\.10</);
  assert.match(svg, />no difference</);
  // At batch size 16 Adam has 4 at every budget, and SGD 4.3, 4.4, 4.5: no budget is enough.
  // At batch size 1 it has 3.9, 4, 4.1 and so is ahead with the shortest one.
  const tokens = readFileSync(join(root, 'findings', 'tokens-map.svg'), 'utf8');
  assert.match(tokens, />&gt;×4</);
  assert.match(tokens, />fewer</);
  // In a clone the list of files is not there: the page is known by its head, and written again.
  rmSync(join(root, MANIFEST));
  writeFindings(file, readLedger([dir]));
  writeFileSync(file, '# What was found\n\nby me\n');
  rmSync(join(root, MANIFEST));
  assert.throws(() => writeFindings(file, readLedger([dir])), /was not written by gaplab/);
});

/** A sweep of methods in which each loses `over[arm]` on Adam, at the largest batch size most. */
function sweep(name: string, size: string, over: Readonly<Record<string, number>>): string {
  const { adam } = reportedStudy().optimizers;
  // Runs of their own: equal configurations would be one run.
  const optimizers = Object.fromEntries(
    Object.keys(over).map((arm, i) => [
      arm,
      { ...adam, hyper: { beta1: 0.9 + 0.01 * i }, lr: { ...adam.lr, carry: 0 } },
    ]),
  ) as FrozenStudy['optimizers'];
  const dir = join(root, name);
  mkdirSync(dir);
  const study = reportedStudy({ name, size, experiment: 'sign-methods', batchSizes: [1, 64], optimizers });
  writeStudyDir(dir, study, ({ point }: RunRequest) => ({
    valLoss:
      4 +
      over[point.optimizer] * (point.batchSize / 64) +
      0.1 * Math.log2(point.lr / 0.001) ** 2 +
      0.001 * point.seed,
  }));
  return dir;
}

test('of many batch sizes a few are drawn along training, the smallest and the largest among them', () => {
  assert.deepEqual(spreadOut([1, 2, 4, 8, 16, 32, 64]), [1, 4, 16, 64]);
  assert.deepEqual(spreadOut([1, 2, 4, 8, 64]), [1, 2, 8, 64]);
  assert.deepEqual(spreadOut([1, 16, 64]), [1, 16, 64]);
});

test('sweeps of methods stand beside the published one, and effects go from the short size to the long one', () => {
  const over = { adam: 0, sgd: 0.6, signum: 0.1, signsgd: 0.5, 'sgd-noclip': 0.9 };
  const optimizers = noCarry(reportedStudy().optimizers);
  const dirs = [
    // Read in another order than that of their lengths.
    sweep('a-long', 'long', over),
    sweep('b-mini', 'mini', { ...over, signum: 0.7 }),
    write('map-2', { experiment: 'map', tokens: [65536, 131072], optimizers }),
  ];
  writeFindings(join(root, 'sweeps.md'), readLedger(dirs));
  const text = readFileSync(join(root, 'sweeps.md'), 'utf8');
  assert.doesNotMatch(text, /No study of `sign-methods`|No claim was judged at two sizes/);
  const orders = readFileSync(join(root, 'sweeps', 'orders.svg'), 'utf8');
  for (const title of ['arXiv 2505.21829, table 1', 'here, batch size 64, long', 'here, batch size 64, mini'])
    assert.ok(orders.replace(/<\/text>\s*<text[^>]*>/g, ' ').includes(title), title);
  // Adam, SGD, Signum, SignSGD and SGD without clip are here; RMSProp and the coordinate clip are not.
  assert.equal(orders.match(/no loss yet/g)?.length, 4);
  const effects = readFileSync(join(root, 'sweeps', 'effects.svg'), 'utf8');
  const labels = [...effects.matchAll(/>(mini|long)</g)].map(([, size]) => size);
  assert.ok(labels.length >= 2);
  assert.deepEqual(
    labels,
    labels.map((_, i) => (i % 2 === 0 ? 'mini' : 'long')),
  );
});

test('neighbours of the map stand beside it, and in no table by length', () => {
  const optimizers = noCarry(reportedStudy().optimizers);
  const tokens = [65536, 131072];
  const [[name, model]] = Object.entries(reportedStudy().models) as [string, ModelConfig][];
  const near = { vocabSize: 2 * model.vocabSize };
  const dirs = [
    write('middle', { experiment: 'map', tokens, optimizers }),
    write('near', {
      ...{ experiment: 'map', size: 'vocabulary-512', tokens: [131072], batchSizes: [1, 16], optimizers },
      models: { [name]: { ...model, ...near } },
    }),
  ];
  const ledger = readLedger(dirs);
  writeFindings(join(root, 'near.md'), ledger);
  const figure = readFileSync(join(root, 'near', 'neighbours.svg'), 'utf8');
  // Batch size 4 and the shorter budget are the map's alone: two cells a model are left.
  assert.deepEqual(figure.match(/>[+−]?0\.\d\d</g), ['>0.00<', '>+0.40<', '>0.00<', '>+0.40<']);
  const labels = [...figure.matchAll(/>(\d+ entries, width \d+[^<]*)</g)].map(([, label]) => label);
  assert.deepEqual(labels.slice(0, 2).sort(), [
    `${model.vocabSize} entries, width ${model.dim} (the map)`,
    `${near.vocabSize} entries, width ${model.dim}`,
  ]);
  writeLedgerPage(join(root, 'near-ledger.md'), ledger);
  const page = readFileSync(join(root, 'near-ledger.md'), 'utf8');
  assert.match(page, /\| claim \| long \| with its source/);
  assert.match(page, /## near\n[\s\S]*\* \*\*(supported|refuted|inconclusive)\*\*/);
  assert.match(page, /Neighbours of the map/);
  // Alone it has a table of its own.
  writeLedgerPage(join(root, 'alone.md'), readLedger(dirs.slice(1)));
  assert.match(readFileSync(join(root, 'alone.md'), 'utf8'), /\| claim \| vocabulary-512 \|/);
});

test('without a map there is one line that says what to run', () => {
  assert.throws(
    () => writeFindings(join(root, 'none.md'), readLedger([])),
    (error) => error instanceof UserError && /gaplab study map --size long/.test(error.message),
  );
});

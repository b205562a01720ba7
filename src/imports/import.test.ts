// Imported runs as a study: frontier with edges, report, and the published optimum of a public sweep.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stepLawBatch, stepLawRate } from '../advise/rules/step-law.ts';
import { makeReport } from '../report/index.ts';
import { loadStudyDir } from '../report/load.ts';
import { readState } from '../study/state.ts';
import { applyMapping } from './apply.ts';
import { sweepLoss, unpacked } from './fixtures.testing.ts';
import { guessMapping } from './guess.ts';
import type { Mapping } from './mapping.ts';
import { readRuns } from './registry.ts';
import { writeImportedStudy } from './write-study.ts';

const dir = mkdtempSync(join(tmpdir(), 'gaplab-import-'));
after(() => rmSync(dir, { recursive: true }));

async function imported(source: string, name: string, change: Mapping = {}) {
  const { reader, runs } = await readRuns(source);
  const mapping: Mapping = { ...guessMapping(runs), ...change };
  const out = join(dir, name);
  await writeImportedStudy(
    out,
    applyMapping(runs, mapping),
    { name, source: name, kind: reader.kind, mapping },
    () => {},
  );
  return out;
}

test('a sweep of another tool is a study: status, rows, report and where each run comes from', async () => {
  const out = await imported(unpacked('wandb', after), 'wandb', { take: 'final' });
  const { plan, study } = readState(out);
  assert.ok(plan.done);
  assert.deepEqual(
    plan.cells.map(({ optimizer, batchSize, best, bracketed }) => [
      optimizer,
      batchSize,
      best!.lr,
      best!.valLoss,
      bracketed,
    ]),
    [
      ['adam', 8, 0.002, sweepLoss('adam', 8, 0.002), true],
      ['sgd', 8, 0.1, sweepLoss('sgd', 8, 0.1), true],
      ['adam', 32, 0.004, sweepLoss('adam', 32, 0.004), true],
      ['sgd', 32, 0.2, sweepLoss('sgd', 32, 0.2), true],
    ],
  );
  assert.deepEqual(study.steps, [20]);
  const { summary, files } = await makeReport(out);
  assert.deepEqual(summary.runs, { done: 12, diverged: 1, failed: 0, missing: 0 });
  assert.deepEqual(
    summary.gaps.map(({ batchSize, gap }) => [batchSize, Number(gap.toFixed(6))]),
    [
      [8, -0.05],
      [32, 0.3],
    ],
  );
  const page = readFileSync(files.html, 'utf8');
  assert.match(page, /1 run left out, with reasons/);
  assert.match(page, /run-\w+\.wandb/);
  const { rows } = loadStudyDir(out);
  const curve = rows.find(({ optimizer, lr }) => optimizer === 'sgd' && lr === 0.1)!.lossCurve!;
  assert.deepEqual([curve.length, curve.at(-1)!.valLoss], [20, 3.45]);
  // The same import again changes nothing; other losses are other runs.
  const before = readFileSync(join(out, 'study.json'), 'utf8');
  await imported(unpacked('wandb', after), 'wandb', { take: 'final' });
  assert.equal(readFileSync(join(out, 'study.json'), 'utf8'), before);
});

test('gaps have Welch’s interval, since nobody knows whether seeds of other programs pair', async () => {
  const file = join(dir, 'seeds.csv');
  const rows = ['sgd,0.1', 'adam,0.001'].flatMap((arm, i) =>
    [1, 2, 3].map((seed) => `${arm},8,100,${seed},${3 + 0.1 * i + 0.01 * seed}`),
  );
  writeFileSync(file, `optimizer,lr,bs,steps,seed,val_loss\n${rows.join('\n')}\n`);
  const { summary } = await makeReport(await imported(file, 'unpaired'));
  // The seed on which the rates were chosen does not count.
  assert.deepEqual(
    summary.gaps.flatMap(({ missing }) => missing),
    [],
  );
  assert.deepEqual(
    summary.gaps.map(({ method, seeds, gap }) => [method, seeds, Number(gap.toFixed(6))]),
    [['welch-t', 2, -0.1]],
  );
});

// Facts published with arXiv 2505.21829 (160M parameters, SlimPajama, batch size 256, no weight decay):
// perplexities, rounded.
test('the sibling paper’s SGD sweep: its published optimum and order come out', async () => {
  const out = await imported(join(import.meta.dirname, 'fixtures/sibling-sgd.csv'), 'sibling');
  const { plan } = readState(out);
  const [adam, sgd] = ['adam', 'sgd'].map((arm) => plan.cells.find(({ optimizer }) => optimizer === arm)!);
  assert.deepEqual([sgd.best!.lr, sgd.best!.hyper], [0.5, { beta1: 0.975 }]);
  assert.ok(Math.abs(sgd.best!.valLoss - Math.log(37.5)) < 1e-12);
  assert.equal(sgd.bracketed, true);
  // One rate of Adam alone is no search, and is marked.
  assert.equal(adam.bracketed, false);
  assert.ok(adam.best!.valLoss < sgd.best!.valLoss);
  assert.equal(plan.cells[0].tokens, 4800 * 256 * 2048);
});

test('the order of the sibling paper’s sweeps: Adam, RMSprop, SGD clipped by coordinate, SGD clipped by norm', async () => {
  const best = (dir: string) =>
    readState(dir).plan.cells.map(({ optimizer, best }) => [optimizer, best!.valLoss]);
  const clipped = await imported(join(import.meta.dirname, 'fixtures/sibling-cclip.csv'), 'clipped');
  const losses = Object.fromEntries([...best(join(dir, 'sibling')), ...best(clipped)]);
  const order = Object.entries(losses).sort(([, a], [, b]) => Number(a) - Number(b));
  assert.deepEqual(
    order.map(([arm]) => arm),
    ['adam', 'rmsprop', 'sgd+cclip', 'sgd'],
  );
  // A perplexity that is no number is a run that diverged, and closes the bracket of its momentum.
  assert.deepEqual(
    loadStudyDir(clipped)
      .rows.filter(({ status }) => status === 'diverged')
      .map(({ lr, hyper }) => [lr, hyper.beta1]),
    [[1, 0.9875]],
  );
});

// Of the table published with Step Law (arXiv 2503.04715): N = 429 million, D = 50 billion tokens, four of
// its batch sizes.
test('Step Law’s table: its optimum comes out, and the published rule is within a factor of two of it', async () => {
  const out = await imported(join(import.meta.dirname, 'fixtures/step-law.csv'), 'step-law', {
    optimizer: { value: 'adam' },
    tokensPerSequence: { value: 2048 },
  });
  const { plan, study } = readState(out);
  assert.deepEqual(study.tokens, [5e10]);
  assert.deepEqual(
    plan.cells.map(({ batchSize, best, bracketed }) => [batchSize, best!.lr, bracketed]),
    [
      [192, 0.001953, true],
      [256, 0.001953, true],
      [352, 0.002762, true],
      [512, 0.003906, true],
    ],
  );
  const best = plan.cells.reduce((a, b) => (b.best!.valLoss < a.best!.valLoss ? b : a));
  assert.deepEqual([best.batchSize, best.best!.valLoss], [256, 2.2565505292836288]);
  const [n, d] = [429_260_800, 5e10];
  const within = (x: number, y: number) => assert.ok(Math.max(x / y, y / x) < 2, `${x} and ${y}`);
  within(stepLawRate(n, d), best.best!.lr);
  within(stepLawBatch(d), 256 * 2048);
});

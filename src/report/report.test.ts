import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import { UserError } from '../core/errors.ts';
import { studySummary } from '../store/schemas.ts';
import type { RunRequest } from '../study/tuner.ts';
import { summarize, writeReport } from './index.ts';
import { coveredSeconds } from './load.ts';
import { reportPage } from './page.ts';
import { page, readPage, withoutItsScript } from './readable.testing.ts';
import { loadedStudy, type MadeUpOutcome, reportedStudy, writeStudyDir } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

/**
 * Parabola in log2(lr); the gap grows from 0 at batch 1 to 0.48 at 256, SGD diverges at high learning rates.
 */
function surface({ point }: RunRequest): MadeUpOutcome {
  const doublings = Math.log2(point.batchSize);
  const sgd = point.optimizer === 'sgd';
  const optimum = (sgd ? 0.03 : 0.001) * 2 ** (doublings / 2);
  const octaves = Math.log2(point.lr / optimum);
  if (sgd && octaves > 1.7) return 'diverged';
  return {
    valLoss:
      3.3 + 0.08 * octaves ** 2 + (sgd ? 0.06 * doublings : 0) + 0.003 * Math.sin(point.seed * (sgd ? 5 : 3)),
  };
}

const newDir = () => mkdtempSync(join(tmpdir(), 'gaplab-report-'));

test('a budget that whole batches do not use up is told beside the points and in the captions', () => {
  // At batch size 256 one step of 64 tokens a sequence is 16,384 tokens: 24,576 pay for one of them.
  const tokens = 24_576;
  const rows = syntheticRows().map((row) => ({ ...row, tokens }));
  const loaded = loadedStudy(rows, { tokens: [tokens] });
  const text = page({ ...loaded, expected: loaded.expected.map((cell) => ({ ...cell, tokens })) });
  assert.match(text, /256.*?yes ?1 \(66\.6% of the tokens\) ?16,384/);
  assert.deepEqual(
    summarizeStudy({
      ...loaded,
      expected: loaded.expected.map((cell) => ({ ...cell, tokens })),
    }).shortfalls.map(({ batchSize, trained }) => [batchSize, trained]),
    [[256, 16_384]],
  );
  assert.equal(
    text.split('At batch size 256, whole batches make 16,384 of the 24,576 tokens (66.6%).').length - 1,
    2,
  );
  assert.match(text, /Every run has a budget of 24,576 tokens, so a larger batch size means fewer steps\./);
  assert.ok(!page().includes('whole batches make'));
});

test('a complete study: answer, claims, figures, tables and summary from its directory', async () => {
  const dir = newDir();
  writeStudyDir(dir, reportedStudy(), surface);
  const files = await writeReport(dir);
  const summary = studySummary.parse(JSON.parse(readFileSync(files.summary, 'utf8')));
  assert.deepEqual(summary, JSON.parse(JSON.stringify(await summarize(dir))));
  assert.equal(summary.cells.length, 10);
  assert.ok(summary.cells.every((cell) => cell.bracketed && cell.best?.valLossSeeds.length === 3));
  assert.deepEqual(
    summary.claims.map((claim) => claim.verdict),
    ['supported', 'supported', 'supported'],
  );
  const last = summary.gaps.at(-1)!;
  assert.ok(Math.abs(last.gap! - 0.48) < 0.02 && last.ci95![0] > 0.4 && last.seeds === 3);
  // Two at a time, ten seconds each; the pause of an hour does not count.
  const runs = (summary.runs as { done: number; diverged: number }) ?? {};
  assert.ok(Math.abs(summary.wallSeconds - Math.ceil((runs.done + runs.diverged) / 2) * 10) < 11);
  assert.equal(summary.tokensTrained, runs.done * 1_000_000 + runs.diverged * 40_000);

  const text = readPage(readFileSync(files.html, 'utf8'));
  assert.match(text, /At batch size 256 tuned SGD is 0\.4[78]\d nats per token behind Adam/);
  assert.match(text, /The gap between SGD and Adam grows with batch size/);
  assert.deepEqual(
    files.figures.map((path) => path.split('/').at(-1)),
    ['gap.svg', 'tuned-loss.svg', 'lr-curves.svg', 'training-curves.svg', 'effort.svg'],
  );
  const gapCsv = readFileSync(join(dir, 'tables', 'gap.csv'), 'utf8').split('\r\n');
  assert.equal(gapCsv[0], 'batchSize,baseline,challenger,gap,lo,hi,seeds,bracketed,status');
  assert.equal(gapCsv[5], `256,adam,sgd,${last.gap},${last.ci95![0]},${last.ci95![1]},3,true,done`);
  // 20 lines per winner in metrics.jsonl, and one cut short by a crash.
  assert.equal(
    readFileSync(join(dir, 'tables', 'training-curves.csv'), 'utf8').split('\r\n').length,
    1 + 10 * 20 + 1,
  );
});

test('a partial study says what is missing, failed and diverged, and keeps them apart', async () => {
  const dir = newDir();
  const trouble = (run: RunRequest): MadeUpOutcome => {
    const { optimizer, batchSize } = run.point;
    if (optimizer === 'sgd' && batchSize === 64) return 'diverged';
    if (optimizer === 'adam' && batchSize === 64) return 'failed';
    if (optimizer === 'sgd' && batchSize === 256) return 'missing';
    return surface(run);
  };
  writeStudyDir(dir, reportedStudy(), trouble);
  writeFileSync(join(dir, 'stray'), '');
  const { html } = await writeReport(dir);
  const summary = await summarize(dir);
  const cell = (optimizer: string, batchSize: number) =>
    summary.cells.find((c) => c.optimizer === optimizer && c.batchSize === batchSize)!;
  assert.ok(cell('sgd', 64).diverged > 0 && cell('sgd', 64).best === null);
  assert.ok(cell('adam', 64).failed > 0 && cell('adam', 64).diverged === 0);
  assert.ok(cell('sgd', 256).missing > 0);
  assert.deepEqual(
    summary.gaps.map((gap) => gap.batchSize),
    [1, 4, 16],
  );
  const text = readPage(readFileSync(html, 'utf8'));
  assert.match(text, /Every run diverged for SGD at 64\./);
  assert.match(text, /There is no loss yet for Adam at 64 and SGD at 256\./);
  assert.match(text, /The study is not complete: at least \d+ runs? still to be made and \d+ runs? failed\./);
  assert.match(text, /out of memory/);
  assert.equal(summary.claims.find((c) => c.id === 'large-batch-opens-the-gap')?.verdict, 'inconclusive');
});

test('an empty study gives a report that says so; figures of an older state go away', async () => {
  const dir = newDir();
  writeStudyDir(dir, reportedStudy(), surface);
  await writeReport(dir);
  assert.ok(existsSync(join(dir, 'figures', 'gap.svg')));
  const other = newDir();
  writeStudyDir(other, reportedStudy(), () => 'missing');
  writeFileSync(join(dir, 'study.json'), JSON.stringify(reportedStudy({ seeds: { tune: 77, fresh: 2 } })));
  for (const empty of [dir, other]) {
    const files = await writeReport(empty);
    assert.match(
      readPage(readFileSync(files.html, 'utf8')),
      /No run has finished yet: \d+ are still to run\./,
    );
    assert.deepEqual(
      files.figures.map((path) => path.split('/').at(-1)).filter((name) => name === 'gap.svg'),
      [],
    );
    assert.equal(existsSync(join(empty, 'figures', 'gap.svg')), false);
  }
  await assert.rejects(summarize(newDir()), UserError);
  await assert.rejects(writeReport(newDir()), UserError);
});

test('names are the user’s: they are escaped in the page and quoted in the tables', async () => {
  const evil = '</title><script>alert("1")</script> & "co", ltd';
  const html = reportPage(
    loadedStudy(undefined, { title: evil, description: evil }),
    summarizeStudy(loadedStudy(undefined, { title: evil, description: evil })),
  );
  assert.doesNotMatch(withoutItsScript(html), /<script>/);
  assert.ok(readPage(html).includes(evil));
  const study = reportedStudy();
  const { adam, sgd } = study.optimizers;
  const label = 'sgd, "fast" <b>';
  study.optimizers = { adam, [label]: sgd };
  study.challenger = label;
  const dir = newDir();
  writeStudyDir(dir, study, (run) =>
    surface({ ...run, point: { ...run.point, optimizer: run.point.optimizer === label ? 'sgd' : 'adam' } }),
  );
  await writeReport(dir);
  const csv = readFileSync(join(dir, 'tables', 'winners.csv'), 'utf8');
  assert.match(csv, /,"sgd, ""fast"" <b>",/);
  assert.doesNotMatch(readFileSync(join(dir, 'report.html'), 'utf8'), /<b>"?,/);
  assert.doesNotMatch(readFileSync(join(dir, 'figures', 'gap.svg'), 'utf8'), /fast" <b>/);
});

test('several budgets give one set of figures each', async () => {
  const dir = newDir();
  writeStudyDir(dir, reportedStudy({ tokens: [400_000, 1_000_000], batchSizes: [1, 16] }), surface);
  const files = await writeReport(dir);
  assert.equal(files.figures.length, 10);
  assert.ok(existsSync(join(dir, 'figures', 'nano-400000-gap.svg')));
  // The page links to every one of them, and to nothing that is not there.
  const html = readFileSync(files.html, 'utf8');
  const linked = [...html.matchAll(/href="((?:figures|tables)\/[^"]+)"/g)].map(([, path]) =>
    join(dir, decodeURIComponent(path)),
  );
  assert.deepEqual(linked.filter((path) => path.endsWith('.svg')).sort(), [...files.figures].sort());
  for (const path of linked) assert.ok(existsSync(path), path);
  // These losses do not fall with the budget: SGD never has Adam's at batch size 16,
  // and 1,000,000 are 2.5 times 400,000.
  assert.match(readPage(html), /times the tokens ?for equal loss/);
  assert.match(html, /<td>more than 2\.5</);
});

test('time covered by runs counts overlaps once and pauses not at all', () => {
  assert.equal(coveredSeconds([]), 0);
  assert.equal(
    coveredSeconds([
      [5000, 9000],
      [0, 4000],
      [1000, 2000],
      [3000, 6000],
    ]),
    9,
  );
  assert.equal(
    coveredSeconds([
      [0, 1000],
      [100_000, 101_000],
    ]),
    2,
  );
});

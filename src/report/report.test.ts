import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import { UserError } from '../core/errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { modelPreset } from '../model/presets.ts';
import { studySummary } from '../store/schemas.ts';
import type { RunRequest } from '../study/tuner.ts';
import { summarize, writeReport } from './index.ts';
import { coveredSeconds } from './load.ts';
import { reportPage } from './page.ts';
import { loadedStudy, type Outcome, reportedStudy, writeStudyDir } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

/** Parabola in log2(lr); the gap grows from 0 at batch 1 to 0.48 at 256, SGD diverges at high learning rates. */
function surface({ point }: RunRequest): Outcome {
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

/** Text of a page as a reader sees it; fails on what a browser would have to fetch or run. */
function readPage(html: string): string {
  const { document } = parseHTML(html);
  assert.equal(document.querySelectorAll('script, link, img, iframe').length, 0);
  const suspect = /url\(|@import|NaN|undefined|\[object/.exec(html);
  assert.ok(!suspect, html.slice((suspect?.index ?? 0) - 200, (suspect?.index ?? 0) + 100));
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)], 'every anchor once');
  for (const link of document.querySelectorAll('a[href^="#"]'))
    assert.ok(ids.includes(decodeURIComponent(link.getAttribute('href')!.slice(1))), link.outerHTML);
  document.querySelector('style')?.remove();
  return (document.querySelector('body')?.textContent ?? '').replace(/\s+/g, ' ');
}

function page(loaded = loadedStudy()): string {
  return readPage(reportPage(loaded, summarizeStudy(loaded)));
}

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
  const trouble = (run: RunRequest): Outcome => {
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

test('names are the user’s: they are escaped in the page and quoted in the tables', async () => {
  const evil = '</title><script>alert("1")</script> & "co", ltd';
  const html = reportPage(
    loadedStudy(undefined, { title: evil, description: evil }),
    summarizeStudy(loadedStudy(undefined, { title: evil, description: evil })),
  );
  assert.doesNotMatch(html, /<script>/);
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

test('a study that tunes nothing does not speak of tuned optimizers', () => {
  const { optimizers } = reportedStudy();
  const fixed = (values: number[]) =>
    Object.fromEntries(
      Object.entries(optimizers).map(([label, arm]) => [
        label,
        { ...arm, axes: {}, lr: { kind: 'grid' as const, values } },
      ]),
    );
  const answerOf = (values: number[]) =>
    summarizeStudy(loadedStudy(undefined, { optimizers: fixed(values) })).answer.join(' ');
  assert.match(answerOf([0.01]), /^Nothing is tuned in this study/);
  assert.doesNotMatch(answerOf([0.01, 0.02]), /Nothing is tuned/);
});

test('one optimizer alone, and several challengers, have their reports too', () => {
  const alone = reportedStudy();
  delete alone.optimizers.sgd;
  const only = syntheticRows().filter((row) => row.optimizer === 'adam');
  const text = page(loadedStudy(only, { optimizers: alone.optimizers, baseline: null, challenger: null }));
  assert.match(text, /has one optimizer/);
  assert.doesNotMatch(text, /Tests of the gap/);
});

/** Adam, SGD and Lion; `shift`: what Lion's losses are above SGD's. */
function threeArms(shift: number) {
  const lion = syntheticRows()
    .filter((row) => row.optimizer === 'sgd')
    .map((row) => ({
      ...row,
      optimizer: 'lion',
      runId: `lion-${row.runId}`,
      valLoss: row.valLoss === null ? null : row.valLoss + shift + 0.001 * row.seed,
    }));
  const { optimizers } = reportedStudy();
  return loadedStudy([...syntheticRows(), ...lion], {
    optimizers: { ...optimizers, lion: optimizers.sgd },
  });
}

test('of three arms the answer ranks every one, with intervals, and says which the seeds cannot tell apart', () => {
  const loaded = threeArms(0.5);
  const summary = summarizeStudy(loaded);
  const loss = (optimizer: string, batchSize: number) =>
    summary.cells.find((cell) => cell.optimizer === optimizer && cell.batchSize === batchSize)!.best!
      .valLossMean;
  const behind = (optimizer: string) => (loss(optimizer, 256) - loss('adam', 256)).toFixed(3);
  assert.match(summary.question, /^Which of Adam, SGD and Lion reaches the lowest loss at each batch size/);
  assert.match(summary.answer[0], /^The lowest mean loss by batch size: .*Adam at .*256\.$/);
  const last = summary.answer.find((sentence) => sentence.startsWith('At batch size 256'))!;
  assert.ok(
    last.startsWith(
      `At batch size 256 Adam has the lowest mean loss, ${loss('adam', 256).toFixed(3)} nats per token.`,
    ),
  );
  assert.match(
    last,
    new RegExp(
      `Behind it, with 95% intervals: SGD by ${behind('sgd')} \\(0\\.\\d+ to 0\\.\\d+\\) and Lion by ${behind('lion')} \\(`,
    ),
  );
  const level = summarizeStudy(threeArms(-0.001)).answer.join(' ');
  assert.match(
    level,
    /At batch size 1 these seeds cannot tell (SGD|Lion) from (SGD|Lion): the interval includes zero\./,
  );
});

test('three arms: captions name them all, the table has a heading for each gap, and nothing was written beforehand', () => {
  const loaded = threeArms(0.5);
  const summary = summarizeStudy(loaded);
  assert.equal(summary.gaps.length, 10);
  assert.equal(summary.gaps[0].challenger, 'sgd');
  const text = readPage(reportPage(loaded, summary));
  assert.match(text, /The gap to Adam/);
  assert.match(
    text,
    /Validation loss of tuned SGD and Lion, each minus that of tuned Adam: above zero Adam is better\. Points are means over 3 seeds\. The band is the 95% interval/,
  );
  assert.match(text, /Validation loss of Adam, SGD and Lion at the best settings found/);
  assert.match(text, /SGD − Adam ?1.*Lion − Adam ?1/);
  assert.match(text, /gaplab tests these statements on every study that compares two optimizers\./);
  assert.doesNotMatch(text, /written down before/);
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

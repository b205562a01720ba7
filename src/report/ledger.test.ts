import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { studySummary } from '../store/schemas.ts';
import type { RunRequest } from '../study/tuner.ts';
import { writeReport } from './index.ts';
import { readLedger } from './ledger.ts';
import { writeLedgerPage } from './ledger-page.ts';
import { loadStudyDir } from './load.ts';
import { withoutItsScript } from './readable.testing.ts';
import { type MadeUpOutcome, reportedStudy, writeStudyDir } from './study-dir.testing.ts';
import { summarizeStudy } from './summary.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-ledger-'));

/**
 * A study of an experiment with made-up losses: parabolas in log lr around an optimum
 * that every arm has where it starts.
 */
function write(
  experiment: string,
  losses: Record<string, number>,
  change: Parameters<typeof reportedStudy>[0] = {},
): string {
  const { adam } = reportedStudy().optimizers;
  const optimizers = Object.fromEntries(
    // Runs of their own: equal configurations would be one run.
    Object.keys(losses).map((arm, i) => [
      arm,
      { ...adam, hyper: { beta1: 0.9 + 0.01 * i }, lr: { ...adam.lr, carry: 0 } },
    ]),
  );
  const study = reportedStudy({
    name: experiment,
    experiment,
    size: 'mini',
    batchSizes: [1, 64],
    optimizers,
    ...change,
  });
  const dir = join(root, `${experiment}-${Object.values(losses).join('-')}`);
  mkdirSync(dir);
  writeStudyDir(dir, study, ({ point }: RunRequest): MadeUpOutcome => {
    const octaves = Math.log2(point.lr / 0.001);
    const noise = 0.01 * point.seed + 0.002 * Math.sin(7 * point.seed * losses[point.optimizer]);
    return { valLoss: losses[point.optimizer] + 0.1 * octaves ** 2 + noise };
  });
  return dir;
}

const grafts = (sgdAdam: number, adamSgd: number) => ({
  sgd: 3.8,
  adam: 3.2,
  'sgd#adam': sgdAdam,
  'adam#sgd': adamSgd,
});

test('the report of an experiment shows each claim beside its figure, with the paper and what it comes to', async () => {
  const dir = write('grafting', grafts(3.22, 3.77));
  const { html, figures, summary } = await writeReport(dir);
  const { claims } = studySummary.parse(JSON.parse(readFileSync(summary, 'utf8')));
  assert.deepEqual(
    claims.map(({ id, verdict }) => [id, verdict]),
    [['graft-direction', 'supported']],
  );
  assert.ok(figures.some((path) => path.endsWith('/arms.svg')));
  // The study's own question and its answer come first, in page, terminal and summary alike.
  const { question, answer } = JSON.parse(readFileSync(summary, 'utf8'));
  assert.match(question, /^Which part of Adam’s step makes it better than SGD/);
  assert.match(answer[0], /^Supported: The direction of a step decides/);
  const text = withoutItsScript(readFileSync(html, 'utf8')).replace(/\s+/g, ' ');
  assert.match(text, /Claims of the paper, tested here/);
  assert.match(
    text,
    /The paper: SGD#Adam performs about as well as Adam.*This study \(size mini\): What SGD#Adam gains/,
  );
  assert.doesNotMatch(text, /NaN|undefined|\[object/);
});

test('the ledger finds studies in a directory, orders them, and names what has not been run', () => {
  const dir = write('clipping', { sgd: 3.5, adam: 3.2, 'sgd-noclip': 3.9, 'adam-noclip': 3.2 });
  write('grafting', grafts(3.77, 3.22));
  const { sections, open } = readLedger([root]);
  assert.deepEqual(
    sections.map(({ experiment, claims }) => [experiment, claims.map(({ verdict }) => verdict)]),
    [
      ['clipping', ['supported']],
      ['grafting', ['supported']],
      ['grafting', ['refuted']],
    ],
  );
  assert.ok(
    open.some(({ experiment }) => experiment === 'critical-batch') &&
      open.every(({ experiment }) => experiment !== 'clipping'),
  );
  assert.equal(readLedger([dir]).studies.length, 1);
  assert.throws(() => readLedger([join(root, 'nothing')]), UserError);
});

test('the document has the ledger, commands, seeds and dates, and its links lead to figures', () => {
  const file = join(root, 'page', 'results.md');
  const [page, ...figures] = writeLedgerPage(file, readLedger([root]));
  const text = readFileSync(page, 'utf8');
  assert.ok(figures.length >= 2 && figures.every((path) => existsSync(path)));
  assert.match(text, /3 claims: 2 supported, 1 refuted, 0 inconclusive; \d+ not run\./);
  assert.match(text, /`gaplab study grafting` \(with changes: see study\.json\); 2026-03-01/);
  assert.match(
    text,
    /tuned by a bracket alone with seed 0; the best setting run again with 3 fresh seeds, from 1 on/,
  );
  assert.match(text, /In short: The claim does not hold in these runs\./);
  for (const [, target] of text.matchAll(/\]\((?!#)([^)]+)\)/g))
    assert.ok(existsSync(join(dirname(file), target)), target);
  assert.doesNotMatch(text, /NaN|undefined|\[object/);
});

test('a run that two arms come to is a row of both and is counted once', () => {
  const { adam, sgd } = reportedStudy().optimizers;
  const study = reportedStudy({ batchSizes: [4], optimizers: { sgd, adam, twin: adam } });
  const dir = join(root, 'twins');
  mkdirSync(dir);
  writeStudyDir(dir, study, ({ point }) => ({
    valLoss: 3 + Math.log2(point.lr / 0.002) ** 2 + 0.01 * point.seed,
  }));
  const loaded = loadStudyDir(dir);
  const summary = summarizeStudy(loaded);
  const [a, b] = ['adam', 'twin'].map((arm) => summary.cells.find((cell) => cell.optimizer === arm)!);
  assert.ok(a.best && b.best && a.tried === b.tried);
  assert.equal(a.best.runId, b.best.runId);
  assert.equal(summary.runs.done, new Set(loaded.rows.map((row) => row.runId)).size);
});

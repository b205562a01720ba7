// A report in a folder that holds other things: only what gaplab wrote is replaced or removed.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { MANIFEST } from '../files/manifest.ts';
import { modelPreset } from '../model/presets.ts';
import { makeReport, writeReport } from './index.ts';
import { checkReportPlace } from './place.ts';
import { SOURCES, sourcesFile } from './sources.ts';
import { reportedStudy, writeStudyDir } from './study-dir.testing.ts';

const newDir = () => mkdtempSync(join(tmpdir(), 'gaplab-report-files-'));
const loss = () => ({ valLoss: 3 });
const refusal = (pattern: RegExp) => (error: unknown) =>
  error instanceof UserError && pattern.test(error.message);

test('a user’s figure, table and notes stay; a user’s report is refused before anything is written', async () => {
  const dir = newDir();
  writeStudyDir(dir, reportedStudy({ batchSizes: [1, 4] }), loss);
  for (const folder of ['figures', 'tables']) mkdirSync(join(dir, folder));
  const mine = ['figures/mine.svg', 'tables/mine.csv', 'figures/notes.txt'];
  for (const name of mine) writeFileSync(join(dir, name), 'mine');
  writeFileSync(join(dir, 'report.html'), '<h1>mine</h1>');
  for (const attempt of [() => writeReport(dir), async () => checkReportPlace(dir)])
    await assert.rejects(attempt(), refusal(/report\.html was not written by gaplab.*move or rename it/));
  assert.equal(readFileSync(join(dir, 'report.html'), 'utf8'), '<h1>mine</h1>');
  assert.equal(existsSync(join(dir, 'summary.json')), false);
  rmSync(join(dir, 'report.html'));
  await writeReport(dir);
  await writeReport(dir);
  for (const name of mine) assert.equal(readFileSync(join(dir, name), 'utf8'), 'mine');
  // A figure that somebody improved for a paper.
  writeFileSync(join(dir, 'figures', 'gap.svg'), 'improved');
  for (const attempt of [() => writeReport(dir), async () => checkReportPlace(dir)])
    await assert.rejects(attempt(), refusal(/figures.gap\.svg was changed since gaplab wrote it/));
  assert.equal(readFileSync(join(dir, 'figures', 'gap.svg'), 'utf8'), 'improved');
});

test('a directory without the list (of an older version, or copied without it) is written again', async () => {
  const dir = newDir();
  writeStudyDir(dir, reportedStudy({ batchSizes: [1, 4] }), loss);
  await writeReport(dir);
  rmSync(join(dir, MANIFEST));
  // An older version’s page has no generator, and other words in its footer.
  const page = readFileSync(join(dir, 'report.html'), 'utf8');
  const older = page
    .replace(/<meta name="generator"[^>]*>\n/, '')
    .replace(/Written by gaplab[^<]*/, 'Written by gaplab 0.1.0. Figures are in figures/ (SVG).');
  assert.notEqual(older, page);
  writeFileSync(join(dir, 'report.html'), older);
  writeFileSync(join(dir, 'figures', 'mine.svg'), readFileSync(join(dir, 'figures', 'gap.svg')));
  await writeReport(dir);
  assert.equal(readFileSync(join(dir, 'report.html'), 'utf8'), page);
  assert.ok(existsSync(join(dir, 'figures', 'mine.svg')), 'a copy that the user made is the user’s');
  // Without list and mark nothing is recognized.
  rmSync(join(dir, MANIFEST));
  writeFileSync(join(dir, 'tables', 'gap.csv'), 'My numbers,from somewhere\n1,2\n');
  await assert.rejects(writeReport(dir), refusal(/tables.gap\.csv was not written by gaplab/));
});

test('a report that would show less, because files are gone, leaves the one that stands', async () => {
  const pool = newDir();
  const dir = newDir();
  writeStudyDir(dir, reportedStudy({ batchSizes: [1, 4] }), loss);
  renameSync(join(dir, 'runs'), join(pool, 'runs'));
  const mount = () => symlinkSync(join(pool, 'runs'), join(dir, 'runs'));
  mount();
  const files = await writeReport(dir);
  const all = [files.html, files.summary, ...files.figures, ...files.tables];
  const before = all.map((path) => readFileSync(path, 'utf8'));
  const refused = async (pattern: RegExp) => {
    await assert.rejects(writeReport(dir), refusal(pattern));
    assert.deepEqual(
      all.map((path) => readFileSync(path, 'utf8')),
      before,
    );
  };
  // The disk of the pool is not mounted.
  renameSync(join(pool, 'runs'), join(pool, 'away'));
  await refused(/runs is a link to .*, which is not there: mount or restore that pool/);
  mkdirSync(join(pool, 'runs'));
  await refused(
    /the last report shows what cannot be read any more \(runs\/\w+: its result\.json, and \d+ more\)/,
  );
  rmSync(join(dir, 'runs'));
  await refused(/its result\.json, and \d+ more\), so nothing is replaced: .*--force/);
  // A record is not needed to see that: older versions kept none.
  rmSync(join(dir, SOURCES));
  await refused(/its result\.json/);
  rmSync(join(pool, 'runs'), { recursive: true });
  renameSync(join(pool, 'away'), join(pool, 'runs'));
  mount();
  await writeReport(dir);
  // One winner's curve, cut short and removed; its result, damaged.
  const sources = sourcesFile.parse(JSON.parse(readFileSync(join(dir, SOURCES), 'utf8')));
  const [id] = Object.entries(sources.runs).find(([, { curve }]) => (curve ?? 0) > 0)!;
  const spoil = async (file: string, text: string | undefined, pattern: RegExp) => {
    const path = join(dir, 'runs', id, file);
    const whole = readFileSync(path);
    rmSync(path);
    if (text !== undefined) writeFileSync(path, text);
    await refused(pattern);
    writeFileSync(path, whole);
  };
  const metrics = 'attempt-1/metrics.jsonl';
  await spoil(metrics, undefined, /its metrics\.jsonl\), so/);
  await spoil(metrics, '{"step": 1, "tokens": 1, "loss": 1}\n', /its metrics\.jsonl\), so/);
  await spoil('result.json', '{"schema": 1', /its result\.json\), so/);
  await writeReport(dir);
  // Asked for, it is written; and the next one is compared with that.
  rmSync(join(dir, 'runs', id), { recursive: true });
  await refused(/its result\.json/);
  await writeReport(dir, { force: true });
  await writeReport(dir);
  // Without a report there is nothing to protect; another study in the same place needs other runs.
  rmSync(join(dir, 'report.html'));
  rmSync(join(dir, 'runs'));
  await writeReport(dir);
});

test('models whose labels differ in what no file name can have, or in case, each have their files', async () => {
  const dir = newDir();
  const labels = ['α=1', 'β=1', 'wide', 'WIDE', '../../out', 'con', 'x'.repeat(300), 'a\u0000b\n'];
  const models = Object.fromEntries(labels.map((label) => [label, modelPreset('nano')]));
  const tokens = [400_000, 1_000_000];
  writeStudyDir(dir, reportedStudy({ models, tokens, batchSizes: [1] }), loss);
  const { figures, tables } = await writeReport(dir);
  const groups = labels.length * tokens.length;
  for (const [paths, ending] of [
    [figures, /-tuned-loss\.svg$/],
    [tables, /-tuned-loss\.csv$/],
  ] as const) {
    assert.equal(paths.filter((path) => ending.test(path)).length, groups);
    assert.equal(new Set(paths.map((path) => path.toLowerCase())).size, paths.length);
    for (const path of paths) assert.ok(existsSync(path), path);
  }
  assert.equal(readdirSync(join(dir, 'tables')).length, tables.length);
  const page = readFileSync(join(dir, 'report.html'), 'utf8');
  for (const [, link] of page.matchAll(/href="((?:figures|tables)\/[^"]*)"/g))
    assert.ok(existsSync(join(dir, decodeURIComponent(link))), link);
  assert.ok(
    existsSync(join(dir, 'figures', 'wide-400000-tuned-loss.svg')) === false,
    'wide and WIDE are one name on some systems',
  );
});

test('a damaged line of metrics is told where the curve is drawn, and its curve is left out', async () => {
  const dir = newDir();
  writeStudyDir(dir, reportedStudy({ batchSizes: [1, 4] }), loss);
  const curves = () => readFileSync(join(dir, 'tables', 'training-curves.csv'), 'utf8').split('\r\n').length;
  const { cells } = (await makeReport(dir)).summary;
  const before = curves();
  const id = cells[0].best!.runId;
  const [attempt] = readdirSync(join(dir, 'runs', id)).filter((name) => name.startsWith('attempt-'));
  const file = join(dir, 'runs', id, attempt, 'metrics.jsonl');
  writeFileSync(file, readFileSync(file, 'utf8').replace('}', ''));
  const { summary } = await makeReport(dir, { force: true });
  assert.ok(curves() < before);
  const told = new RegExp(`are left out: line 1 of metrics\\.jsonl cannot be read \\(runs/${id}\\)`);
  assert.match(summary.caveats.join('\n'), told);
  assert.match(readFileSync(join(dir, 'report.html'), 'utf8'), new RegExp(`figcaption>[^<]*${told.source}`));
});

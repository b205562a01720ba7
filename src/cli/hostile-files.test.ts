// Links, pipes and huge files in a folder that somebody else prepared.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { MANIFEST } from '../files/manifest.ts';
import { summarize, writeReport } from '../report/index.ts';
import { SOURCES } from '../report/sources.ts';
import { home, refuses, unchanged } from './hostile.testing.ts';
import { targetsOf } from './probe-runs.ts';

test('links inside a study are followed neither for writing nor for reading', async () => {
  // A run whose curve is drawn: links are refused where something is read.
  const [{ best }] = (await summarize(home().dir)).cells;
  const runOf = (dir: string) => join(dir, 'runs', best!.runId);
  const refusal = (error: unknown) =>
    error instanceof UserError && /is (a link|not an ordinary)/.test(error.message);
  /** What is replaced by a link, and what the link leads to; the last ones are met by readers too. */
  const cases: [string, (dir: string, outside: string) => [link: string, target: string]][] = [
    ['report.html', (dir, outside) => [join(dir, 'report.html'), join(outside, 'victim')]],
    ['figures', (dir, outside) => [join(dir, 'figures'), outside]],
    ['the list', (dir, outside) => [join(dir, MANIFEST), join(outside, 'victim')]],
    ['sources', (dir, outside) => [join(dir, SOURCES), join(outside, 'victim')]],
    ['a run', (dir) => [runOf(dir), `${runOf(dir)}-moved`]],
    ['an attempt', (dir) => [join(runOf(dir), 'attempt-1'), join(runOf(dir), 'elsewhere')]],
    ['a result', (dir, outside) => [join(runOf(dir), 'result.json'), join(outside, 'victim')]],
    ['metrics', (dir, outside) => [join(runOf(dir), 'attempt-1', 'metrics.jsonl'), join(outside, 'victim')]],
    ['study.json', (dir, outside) => [join(dir, 'study.json'), join(outside, 'study.json')]],
  ];
  for (const [i, [what, of]] of cases.entries()) {
    const { outside, dir } = home();
    const [link, target] = of(dir, outside);
    if (existsSync(link) && !existsSync(target)) renameSync(link, target);
    else rmSync(link, { recursive: true, force: true });
    symlinkSync(target, link);
    await assert.rejects(writeReport(dir), refusal, what);
    if (i > 3)
      for (const read of [summarize, async () => targetsOf([dir])])
        await assert.rejects(read(dir), refusal, what);
    unchanged(outside, what === 'study.json' ? ['study.json'] : []);
    assert.ok(lstatSync(link).isSymbolicLink(), what);
  }
  // A pool is read; it is written to when the command names it.
  const { base, outside, dir } = home();
  renameSync(join(dir, 'runs'), join(outside, 'pool'));
  symlinkSync(join(outside, 'pool'), join(dir, 'runs'));
  await writeReport(dir);
  writeFileSync(
    join(base, 'sample.yaml'),
    'name: sample\ntokens: 8192\nbatchSizes: [1]\noptimizers: {adam: }\n',
  );
  refuses(base, /runs is a link: .* --runs /, 'study', 'sample.yaml', '--out', dir);
  unchanged(outside, ['pool']);
});

test('pipes, huge files and deep JSON end in a line', { skip: process.platform === 'win32' }, () => {
  const { base, dir } = home();
  const [run] = readdirSync(join(dir, 'runs')).sort();
  const result = join(dir, 'runs', run, 'result.json');
  const kept = readFileSync(result);
  rmSync(result);
  assert.equal(spawnSync('mkfifo', [result]).status, 0);
  refuses(base, /is not an ordinary file/, 'report', dir);
  rmSync(result);
  writeFileSync(result, kept);
  const study = join(dir, 'study.json');
  const whole = readFileSync(study, 'utf8');
  for (const file of [study, result]) {
    truncateSync(file, 2 ** 30);
    refuses(base, /has 1024 MiB, too much for a file of its kind/, 'report', dir);
    writeFileSync(file, file === study ? whole : kept);
  }
  for (const text of [
    '['.repeat(200_000) + ']'.repeat(200_000),
    whole.replace(
      '"schema"',
      `"__proto__": {"polluted": 1}, "constructor": ${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}, "schema"`,
    ),
  ]) {
    writeFileSync(study, text);
    refuses(base, /study\.json is damaged/, 'report', dir);
  }
});

// A study directory that somebody else made, in which every text is hostile and every path leads out: commands read it, show it and
// refuse it, and nothing else happens.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumPath, noChromium } from '../../scripts/web-page.ts';
import { UserError } from '../core/errors.ts';
import { MANIFEST } from '../files/manifest.ts';
import { sealed } from '../files/seal.ts';
import { modelPreset } from '../model/presets.ts';
import { summarize, writeReport } from '../report/index.ts';
import { SOURCES } from '../report/sources.ts';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { targetsOf } from './probe-runs.ts';

const cli = resolve(import.meta.dirname, '../cli.ts');
const root = mkdtempSync(join(tmpdir(), 'gaplab-hostile-'));
after(() => rmSync(root, { recursive: true, force: true }));

const markup = `</title></style></script><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;
const attribute = `" onmouseover="document.title='owned'" x='`;
const terminal = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\u2066';
const lines = '\n\rgaplab: all is well\n';
const path = '../../../outside/victim';
const markdown = '[x](javascript:alert(1)) ![x](http://127.0.0.1:9/x.png) `a` | b';
const evil = [markup, attribute, terminal, lines, path, markdown].join(' ');

/** Everything that a terminal would obey, or a reader not see; line breaks are ours. */
const hidden = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

function gaplab(cwd: string, ...args: string[]) {
  const env = { ...process.env, GAPLAB_CACHE: join(root, 'cache'), FORCE_COLOR: undefined };
  const options = { cwd, env, encoding: 'utf8', timeout: 120_000 } as const;
  const { status, stdout, stderr, signal } = spawnSync(process.execPath, [cli, ...args], options);
  assert.equal(signal, null, `${args.join(' ')} hangs`);
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, hidden, `${args.join(' ')}: ${JSON.stringify(text.slice(0, 2000))}`);
    assert.doesNotMatch(text, /^gaplab: all is well/m, 'a line of its own');
    assert.doesNotMatch(text, /^ {4}at /m, 'a stack trace');
  }
  return { status, stdout, stderr };
}

/** One line, exit code 2. */
function refuses(cwd: string, pattern: RegExp, ...args: string[]): void {
  const { status, stdout, stderr } = gaplab(cwd, ...args);
  assert.deepEqual([status, stdout], [2, ''], `${args.join(' ')}: ${stderr}`);
  assert.match(stderr, pattern);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.ok(stderr.length < 2000, `${stderr.length} characters`);
}

/** A home with a study in it and, outside the study, what must not change. */
function home(study: FrozenStudy = reportedStudy({ batchSizes: [1, 4] })) {
  const base = mkdtempSync(join(root, 'home-'));
  const outside = join(base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'victim'), 'theirs');
  const dir = join(base, 'a', 'b', 'study');
  mkdirSync(dir, { recursive: true });
  writeStudyDir(dir, study, ({ point }) => {
    if (point.lr > 0.1) return 'diverged';
    return point.lr < 0.0003
      ? 'failed'
      : { valLoss: 3 + Math.log2(point.lr / 0.002) ** 2 + 0.01 * point.seed };
  });
  return { base, outside, dir };
}

function unchanged(outside: string, but: string[] = []): void {
  assert.deepEqual(readdirSync(outside).sort(), ['victim', ...but].sort());
  assert.equal(readFileSync(join(outside, 'victim'), 'utf8'), 'theirs');
}

function evilStudy(): FrozenStudy {
  const { adam, sgd } = reportedStudy().optimizers;
  const labels = [evil, `${evil}2`, '__proto__', 'constructor'];
  const lr = { kind: 'grid' as const, values: [0.001, 0.002] };
  return reportedStudy({
    name: evil,
    title: evil,
    description: evil,
    experiment: 'batch-sweep',
    size: evil,
    batchSizes: [1, 4],
    tokens: [400_000, 1_000_000],
    models: Object.fromEntries([`${evil}`, '__proto__'].map((label) => [label, modelPreset('nano')])),
    data: { corpus: evil, fingerprint: 'f'.repeat(64), vocabSize: 2048 },
    optimizers: Object.fromEntries(
      labels.map((label, i) => [
        label,
        { ...(i % 2 ? sgd : adam), lr, hyper: { momentum: 0.9 + 0.01 * i, [evil]: i } },
      ]),
    ),
    baseline: evil,
    challenger: `${evil}2`,
    seeds: { tune: 0, fresh: 1 },
  });
}

/** Hostile text in what runs leave: reasons, errors, hosts, times, tables of probes, kinds of layers. */
function poison(dir: string): void {
  for (const id of readdirSync(join(dir, 'runs'))) {
    const file = join(dir, 'runs', id, 'result.json');
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const extra = { host: evil, startedAt: evil, finishedAt: evil, error: evil, reason: evil };
    writeFileSync(file, JSON.stringify(sealed({ ...result, seal: undefined, ...extra })));
    const attempt = join(dir, 'runs', id, 'attempt-1');
    const config = { model: evil };
    writeFileSync(join(dir, 'runs', id, 'config.json'), JSON.stringify(config));
    const table = [{ [evil]: evil, group: 0, loss: 1, layer: evil, block: evil, ['__proto__']: evil }];
    const tables = Object.fromEntries(
      [evil, `../${evil}`, 'groups', 'variance', '__proto__'].map((name) => [name, table]),
    );
    const line = { schema: 1, step: 1, tokens: 1, probe: 'imbalance', options: {}, tables, seconds: 1 };
    writeFileSync(join(attempt, 'probes.jsonl'), `${JSON.stringify(line)}\n`);
    appendFileSync(
      join(attempt, 'metrics.jsonl'),
      `\n${JSON.stringify({ step: evil, tokens: {}, loss: evil, clippedKinds: evil })}\n`,
    );
  }
}

const { base, outside, dir } = home(evilStudy());
poison(dir);

test('report, status, claims, probe, theory and study show a hostile study as text, and write inside it alone', () => {
  writeFileSync(
    join(base, 'small.txt'),
    Array.from({ length: 60 }, (_, i) => `the state of the union ${i} `.repeat(20)).join('\n\n'),
  );
  writeFileSync(
    join(base, 'small.yaml'),
    'name: small\ndata: {corpus: small.txt, vocabSize: 260}\ntokens: 8192\nbatchSizes: [1]\noptimizers: {adam: }\n',
  );
  const before = readdirSync(base).sort();
  for (const args of [
    ['report', dir],
    ['status', dir],
    ['report', dir, '--json'],
  ]) {
    const { status, stdout, stderr } = gaplab(base, ...args);
    assert.equal(status, 0, stderr);
    if (args.includes('--json'))
      assert.ok(JSON.parse(stdout).study.includes(terminal), 'JSON gives back the very name');
  }
  const claims = gaplab(base, 'claims', dir, '--markdown', join(dir, 'results.md'));
  assert.equal(claims.status, 0, claims.stderr);
  // What stands between backticks is code.
  const ledger = readFileSync(join(dir, 'results.md'), 'utf8').replace(/`[^`]*`/g, '');
  assert.doesNotMatch(ledger, hidden);
  assert.doesNotMatch(
    ledger,
    /(?<!\\)<(?!!-- Written)|[^\\]\]\(javascript|https?:\/\/127/,
    'markup of its own',
  );
  for (const [, link] of ledger.matchAll(/(?<!\\)\]\((?!#)([^)]*)\)/g))
    assert.ok(existsSync(join(dir, decodeURIComponent(link))), link);
  for (const args of [
    ['probe', dir, '--probe', 'imbalance', '--recorded'],
    ['theory', 'scaling', '--measured', dir, '--out', join(dir, 'scaling')],
    ['study', 'small.yaml', '--out', dir],
    ['probe', join(dir, 'runs', readdirSync(join(dir, 'runs'))[0]), '--probe', 'imbalance', '--recorded'],
  ])
    assert.ok([0, 2].includes(gaplab(base, ...args).status!), args.join(' '));
  assert.deepEqual(readdirSync(base).sort(), before);
  assert.deepEqual(readdirSync(join(base, 'a')), ['b']);
  assert.deepEqual(readdirSync(join(base, 'a', 'b')), ['study']);
  unchanged(outside);
  for (const name of ['summary.json', SOURCES, MANIFEST])
    assert.doesNotMatch(readFileSync(join(dir, name), 'utf8'), hidden, name);
});

test('in a browser nothing of it runs, and every figure is a picture', { skip: noChromium }, async () => {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('dialog', () => assert.fail('a dialog'));
    const open = async (file: string) => {
      requests.length = 0;
      await page.goto(pathToFileURL(file).href);
      assert.deepEqual(requests, [pathToFileURL(file).href], 'nothing else is loaded');
    };
    await open(join(dir, 'report.html'));
    const found = await page.evaluate(() => ({
      title: document.title,
      scripts: document.querySelectorAll('script, iframe, object, embed, link, base, form').length,
      handlers: [...document.querySelectorAll('*')].filter((one) =>
        one.getAttributeNames().some((name) => name.startsWith('on')),
      ).length,
      images: document.images.length,
      heading: document.querySelector('h1')?.textContent,
      links: [...document.querySelectorAll('a')].map((a) => a.getAttribute('href') ?? ''),
    }));
    assert.notEqual(found.title, 'owned');
    assert.deepEqual([found.scripts, found.handlers, found.images], [0, 0, 0]);
    assert.ok(found.heading?.includes('<script>'), 'the title is text');
    for (const link of found.links) assert.match(link, /^(#|figures\/|tables\/|https:\/\/)/);
    // Even a script that an escape had missed would not run.
    const names = readdirSync(join(dir, 'figures'));
    assert.ok(names.length > 5);
    writeFileSync(
      join(dir, 'missed.html'),
      readFileSync(join(dir, 'report.html'), 'utf8').replace(
        '<main>',
        `<main>${markup}<svg onload="document.title='owned'"/>`,
      ),
    );
    await page.goto(pathToFileURL(join(dir, 'missed.html')).href);
    assert.notEqual(await page.title(), 'owned');
    for (const name of names) {
      await open(join(dir, 'figures', name));
      const root = await page.evaluate(() => ({
        name: document.documentElement.nodeName,
        broken: document.querySelectorAll('parsererror').length,
        scripts: document.querySelectorAll('script').length,
      }));
      assert.deepEqual(root, { name: 'svg', broken: 0, scripts: 0 }, name);
    }
  } finally {
    await browser.close();
  }
});

test('links inside a study are followed neither for writing nor for reading', async () => {
  const runOf = (dir: string) => join(dir, 'runs', readdirSync(join(dir, 'runs')).sort()[0]);
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

// A study directory that somebody else made, in which every text is hostile and every path leads out:
// commands read it, show it and refuse it, and nothing else happens.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumPath, noChromium } from '../../scripts/web-page.ts';
import { MANIFEST } from '../files/manifest.ts';
import { SOURCES } from '../report/sources.ts';
import { base, dir, gaplab, hidden, markup, outside, terminal, unchanged } from './hostile.testing.ts';

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
      scripts: document.querySelectorAll('script').length,
      others: document.querySelectorAll('script[src], iframe, object, embed, link, base, form').length,
      handlers: [...document.querySelectorAll('*')].filter((one) =>
        one.getAttributeNames().some((name) => name.startsWith('on')),
      ).length,
      images: document.images.length,
      heading: document.querySelector('h1')?.textContent,
      links: [...document.querySelectorAll('a')].map((a) => a.getAttribute('href') ?? ''),
    }));
    assert.notEqual(found.title, 'owned');
    // The page's own script is the only one.
    assert.deepEqual([found.scripts, found.others, found.handlers, found.images], [1, 0, 0, 0]);
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

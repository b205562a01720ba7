// `gaplab ui --export`: the dashboard as files.
// Any web server can give them out, one that knows no more than names of files.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { noChromium, withPage } from '../scripts/web-page.ts';
import { program } from '../src/cli/program.testing.ts';
import { reportedStudy, writeStudyDir } from '../src/report/study-dir.testing.ts';

const { home, gaplab } = program();
const site = join(home, 'site');
const json = (name: string) => JSON.parse(readFileSync(join(site, name), 'utf8'));
const title = 'Adam <b>and</b> SGD';
const study = reportedStudy({ title, seeds: { tune: 0, fresh: 2 } });
writeStudyDir(join(home, 'studies', 'made-up'), study, ({ point: { optimizer, batchSize, lr } }) => {
  const best = optimizer === 'adam' ? 0.001 : 0.03 * Math.sqrt(batchSize);
  if (lr > 200 * best) return 'diverged';
  const gap = optimizer === 'sgd' ? 0.1 * Math.log2(batchSize) : 0;
  return { valLoss: 4 + gap + 0.05 * Math.log(lr / best) ** 2 };
});

test('an export has a file for every address, and each can be read', () => {
  const { status, stderr, json: said } = gaplab('ui', 'studies', '--export', 'site', '--json');
  assert.equal(status, 0, stderr);
  const files = globSync('**/*.*', { cwd: site });
  assert.ok(files.includes('index.html'));
  const data = files.filter((name) => name.endsWith('.json'));
  for (const name of data) assert.doesNotThrow(() => json(name), name);
  assert.equal(said().studies, 1);
  assert.deepEqual(json('data/meta.json').live, false);
  const [{ id }] = json('data/studies.json').studies;
  assert.equal(json('data/studies.json').studies[0].title, title);
  assert.equal(json(`data/${id}/view.json`).id, id);
  const runs: string[] = json(`data/${id}/runs.json`).columns.run;
  assert.ok(runs.length > 20, `${runs.length} runs`);
  for (const run of new Set(runs)) {
    assert.ok(json(`data/${id}/runs/${run}.json`), run);
    assert.equal(json(`data/${id}/metrics/${run}.json`).step.length, 20, run);
  }
});

test('a second export replaces the first, and leaves a file of somebody else alone', () => {
  mkdirSync(join(site, 'mine'));
  writeFileSync(join(site, 'mine', 'notes.txt'), 'mine');
  const { status, stderr } = gaplab('ui', 'studies', '--export', 'site');
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(join(site, 'mine', 'notes.txt'), 'utf8'), 'mine');
});

test('its pages show the study, ask for no server, and write nothing to the console', {
  skip: noChromium,
}, async () => {
  const [{ id }] = json('data/studies.json').studies;
  const [run] = json(`data/${id}/runs.json`).columns.run;
  const complaints: string[] = [];
  const asked: string[] = [];
  await withPage(site, {}, async (blank) => {
    // That page is not of the export, and a browser looks for an icon of its own for it.
    const page = await blank.context().browser()!.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => complaints.push(`${message.text()} ${message.location().url}`));
    page.on('request', (request) => asked.push(request.url()));
    const show = async (address: string) => {
      await page.goto(new URL(`/index.html#${address}`, blank.url()).href);
      await page.reload();
    };
    await show('/');
    // Markup in a title stays text.
    await page.getByRole('link', { name: title }).click();
    await page.locator('figure[aria-label="The gap between SGD and Adam"] .drawing svg').waitFor();
    await show(`/study/${id}/runs`);
    await page.locator('.chart canvas').waitFor();
    await show(`/study/${id}/run/${run}`);
    await page.locator('.chart canvas').first().waitFor();
    await show('/compare');
    await page.locator('h1').waitFor();
    await page.waitForLoadState('networkidle');
    assert.equal(await page.getByText('no connection to the server').count(), 0);
    assert.equal(await page.getByRole('button', { name: /^(Start|Pause|Resume|Stop)$/ }).count(), 0);
  });
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    asked.filter((url) => /\/(events|actions)\b|[?&](after|from)=/.test(url)),
    [],
  );
});

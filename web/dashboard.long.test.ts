// The dashboard in Chromium, beside a study that really runs: it is started from the page, fills in live,
// outlives a reload, a second browser and a restart of the server, and says so when its folder is gone.
// Pictures go to dist/screenshots/.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noChromium } from '../scripts/web-page.ts';
import { reportedStudy, writeStudyDir } from '../src/report/study-dir.testing.ts';
import { dashboard, minutes } from './dashboard.testing.ts';

const pictures = join(import.meta.dirname, '..', 'dist', 'screenshots');
const shown = dashboard();
const { folder, studies, complaints, open } = shown;

before(() => void mkdirSync(pictures, { recursive: true }));

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious faults for people who use other means than eyes and a mouse. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<{ violations: Fault[] }> } }
    ).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}
interface Fault {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

let study = '';

test('a study is started from the page, and fills in live', { skip: noChromium }, async () => {
  const page = await open('#/');
  await page.getByText('Start a study').click();
  await page.getByLabel('Preset').selectOption('smoke');
  // Long enough to be looked at while it runs.
  await page.getByText('Changes to the preset').click();
  await page.getByLabel('tokens', { exact: true }).fill('65536');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('link', { name: 'Smoke test' }).click();
  await page.getByText('Running now').first().waitFor();
  study = /study\/([^/?]+)/.exec(page.url())![1];
  // Nothing is reloaded: the figure appears when both optimizers have a loss at one batch size.
  await page.locator('figure[aria-label="The gap between SGD and Adam"] .drawing svg').waitFor();
  await page.screenshot({ path: join(pictures, 'study-running.png'), fullPage: true });
  await page.reload();
  await page.getByText('Running now').first().waitFor();
  const second = await open(`#/study/${study}`);
  await second
    .locator('.progress')
    .getByText(/of about|finished/)
    .first()
    .waitFor();
  await second.context().close();
  await page.context().close();
});

test('it is paused and resumed, and the page outlives a restart of the server', {
  skip: noChromium,
}, async () => {
  const page = await open(`#/study/${study}`);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('stopped, runs are missing').waitFor();
  const { port } = shown.serving;
  await shown.serving.close();
  await page.getByText('no connection to the server').waitFor();
  await shown.serve(port);
  await page.locator('.connection.live').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('.standing', { hasText: 'finished' }).waitFor({ timeout: 15 * minutes });
  assert.match((await page.locator('.answer').textContent()) ?? '', /batch size/);
  await page.context().close();
});

test('runs are filtered, pinned and read; state is in the address', { skip: noChromium }, async () => {
  const page = await open(`#/study/${study}/runs`);
  await page.locator('.chart canvas').waitFor();
  const curves = (count: number) =>
    page
      .locator('.entries li')
      .nth(count - 1)
      .waitFor();
  // Of the winners, as soon as their curves have come.
  await curves(4);
  assert.equal(await page.locator('.entries li').count(), 4);
  await page.getByLabel('Filter').fill('sgd batch=16');
  await page.getByText(/^7 of 42 runs/).waitFor();
  await page.locator('.runs tbody input[type=checkbox]').first().check();
  await curves(5);
  assert.equal(await page.locator('.entries li').count(), 5);
  await page.getByLabel('single runs').check();
  await page
    .getByText(/seed 1/)
    .first()
    .waitFor();
  await page.reload();
  assert.equal(await page.getByLabel('Filter').inputValue(), 'sgd batch=16');
  await curves(6);
  await page.locator('.runs tbody a').first().click();
  await page.getByRole('heading', { name: /SGD at batch size 16/ }).waitFor();
  await page.context().close();
});

test('hover values, keys, switches and files of a figure', { skip: noChromium }, async () => {
  const page = await open(`#/study/${study}`);
  const figure = page.locator('figure[aria-label="Tuned loss"]');
  await figure.locator('svg').focus();
  await page.keyboard.press('ArrowRight');
  assert.match(
    (await figure.locator('[role=status]').textContent()) ?? '',
    /SGD at batch size 2\nloss \d\.\d{4}/,
  );
  await figure.getByRole('button', { name: 'SGD', exact: true }).click();
  assert.match(page.url(), /off\.tuned-loss=SGD/);
  // What is left of the figure still answers.
  await figure.locator('svg').focus();
  await page.keyboard.press('ArrowRight');
  assert.match((await figure.locator('[role=status]').textContent()) ?? '', /Adam at batch size 2\nloss \d/);
  for (const kind of ['SVG', 'PNG', 'CSV']) {
    const saved = page.waitForEvent('download');
    await figure.getByRole('button', { name: kind }).click();
    const file = readFileSync((await (await saved).path())!);
    assert.ok(file.length > 100, kind);
    if (kind === 'CSV') assert.match(file.toString(), /^optimizer,batchSize,valLoss/);
  }
  await page.context().close();
});

test('two optimizers are compared side by side', { skip: noChromium }, async () => {
  const page = await open(`#/study/${study}`);
  await page.getByRole('navigation').getByRole('link', { name: 'Compare' }).last().click();
  await page.getByText('Adam on the left, SGD on the right: tuned loss, right minus left').waitFor();
  // Figures are drawn one after the other.
  const losses = page.locator('.sides figure[aria-label="Tuned loss"] svg');
  await losses.nth(1).waitFor();
  assert.equal(await losses.count(), 2);
  await page.getByRole('combobox', { name: 'Optimizer' }).first().selectOption('sgd');
  await page.getByText('SGD on the left, SGD on the right').waitFor();
  await page.reload();
  await page.getByText('SGD on the left, SGD on the right').waitFor();
  await page.getByRole('combobox', { name: 'Optimizer' }).first().selectOption('');
  await page.getByRole('combobox', { name: 'Optimizer' }).last().selectOption('');
  await page.getByText('Adam on the left, Adam on the right').waitFor();
  await page.context().close();
});

test('every page, light, dark and narrow: no serious fault for axe, and a clean console', {
  skip: noChromium,
}, async () => {
  const some = await (await fetch(`${shown.serving.url}data/${study}/runs.json`)).json();
  const pages = {
    ...{ studies: '#/', study: `#/study/${study}`, runs: `#/study/${study}/runs` },
    ...{ run: `#/study/${study}/run/${some.columns.run[0]}`, compare: '#/compare' },
  };
  const found: string[] = [];
  for (const [name, address] of Object.entries(pages))
    for (const [look, options] of Object.entries({
      light: {},
      dark: { colorScheme: 'dark' as const },
      narrow: { width: 390 },
    })) {
      const page = await open(address, options);
      await page.locator('h1').waitFor();
      await page.waitForLoadState('networkidle').catch(() => {});
      await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: true });
      found.push(...(await faults(page)).map((fault) => `${name} ${look}: ${fault}`));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) found.push(`${name} ${look}: wider than the window by ${wide} pixels`);
      await page.context().close();
    }
  assert.deepEqual(found, []);
  assert.deepEqual(complaints, []);
});

test('a run that diverges is said on every open page, as text', { skip: noChromium }, async () => {
  const title = '<img src=x onerror="throw 1"> made up';
  const write = (end: 'missing' | 'diverged') =>
    writeStudyDir(join(studies, 'made-up'), reportedStudy({ title }), ({ point }) => {
      const best = point.optimizer === 'adam' ? 0.001 : 0.03;
      if (point.optimizer === 'sgd' && point.batchSize === 256 && point.lr > best) return end;
      return { valLoss: 4 + 0.05 * Math.log(point.lr / best) ** 2 };
    });
  write('missing');
  const list = await open('#/');
  await list.getByRole('link', { name: title }).click();
  await list.locator('.standing', { hasText: 'stopped' }).waitFor();
  const other = await open(`#/study/${study}`);
  await other.locator('.connection.live').waitFor();
  write('diverged');
  for (const page of [list, other]) {
    const note = page.locator('.notes p', { hasText: 'Diverged: SGD at batch size 256' }).first();
    await note.getByRole('link', { name: 'See the run' }).click();
    await page.getByRole('heading', { name: /SGD at batch size 256/ }).waitFor();
    await page.getByText('loss is not finite').first().waitFor();
    assert.equal(await page.locator('img').count(), 0);
    await page.context().close();
  }
  assert.deepEqual(complaints, []);
});

test('a folder that disappears is said so', { skip: noChromium }, async () => {
  const page = await open(`#/study/${study}`);
  await page.locator('.standing', { hasText: 'finished' }).waitFor();
  renameSync(join(studies, 'smoke'), join(folder, 'elsewhere'));
  await page.getByRole('alert').first().waitFor();
  await page.context().close();
});

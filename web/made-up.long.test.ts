// Pages over made-up studies: a table of ten thousand runs, ranges on the axes of their settings, and budgets
// that are compared.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { noChromium } from '../scripts/web-page.ts';
import { reportedStudy, writeStudyDir } from '../src/report/study-dir.testing.ts';
import type { RunColumns, RunTable } from '../src/server/wire.ts';
import { dashboard } from './dashboard.testing.ts';

const shown = dashboard();
const { studies, complaints, open } = shown;
const skip = noChromium;
const RUNS = 10_000;
let known: string | undefined;

/** Id of the study, which is made when it is asked for first. */
async function studyId(): Promise<string> {
  if (known !== undefined) return known;
  const made = reportedStudy({ name: 'made-up', batchSizes: [1, 16], tokens: [1_000_000, 4_000_000] });
  writeStudyDir(join(studies, 'made-up'), made, ({ point: { optimizer, batchSize, lr, tokens } }) => {
    const best = optimizer === 'adam' ? 0.001 : 0.03;
    if (optimizer === 'sgd' && lr > 1.5 * best) return 'diverged';
    const gap = optimizer === 'sgd' ? 0.1 * Math.log2(batchSize) : 0;
    return { valLoss: 4 + gap - tokens / 1e7 + 0.05 * Math.log(lr / best) ** 2 };
  });
  const list = await (await fetch(`${shown.serving.url}data/studies.json`)).json();
  known = list.studies[0].id as string;
  return known;
}

/** The page's table with the rows of the study again and again, each a run of its own. */
async function withManyRuns(page: Page): Promise<void> {
  const study = await studyId();
  await page.route(`**/data/${study}/runs.json*`, async (route) => {
    const table: RunTable = await (await route.fetch()).json();
    const count = table.columns.run.length;
    const again = <V>(column: readonly V[]) => Array.from({ length: RUNS }, (_, i) => column[i % count]);
    const { hyper, ...plain } = table.columns;
    const columns = {
      ...Object.fromEntries(Object.entries(plain).map(([name, column]) => [name, again<unknown>(column)])),
      hyper: Object.fromEntries(Object.entries(hyper).map(([name, column]) => [name, again(column)])),
      run: Array.from({ length: RUNS }, (_, i) => i.toString(16).padStart(16, '0')),
      seed: Array.from({ length: RUNS }, (_, i) => i),
    } as unknown as RunColumns;
    await route.fulfill({ json: { ...table, columns } });
  });
  await page.goto(`${shown.serving.url}#/study/${study}/runs`);
}

const rows = (page: Page) => page.locator('.runs tbody tr:not(.space)');
/** Texts of a column of the rows that are on the page. */
const column = async (page: Page, name: string): Promise<string[]> => {
  const heads = await page.locator('.runs th').allTextContents();
  const at = heads.findIndex((head) => head.startsWith(name));
  return page.locator(`.runs tbody tr:not(.space) td:nth-child(${at + 1})`).allTextContents();
};

test('ten thousand runs are ordered, filtered and scrolled, and few rows are on the page', {
  skip,
}, async () => {
  const page = await open('#/');
  await withManyRuns(page);
  await page.getByText('10,000 of 10,000 runs').waitFor();
  const fewRows = async () => {
    const count = await rows(page).count();
    assert.ok(count > 10 && count < 80, `${count} rows`);
  };
  await fewRows();
  assert.equal(await page.locator('.runs table').getAttribute('aria-rowcount'), String(RUNS + 1));
  await page.getByRole('button', { name: 'seed' }).click();
  assert.deepEqual((await column(page, 'seed')).slice(0, 3), ['0', '1', '2']);
  await page.getByRole('button', { name: 'seed' }).click();
  assert.deepEqual((await column(page, 'seed')).slice(0, 3), ['9999', '9998', '9997']);
  // To the end, by keyboard.
  await page.getByLabel('Table of runs').focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.runs tbody tr')].some(
      (row) => row.getAttribute('aria-rowindex') === '10001',
    ),
  );
  assert.equal((await column(page, 'seed')).at(-1), '0');
  await fewRows();
  await page.getByLabel('Filter').fill('seed>=100 seed<110');
  await page.getByText('10 of 10,000 runs').waitFor();
  assert.deepEqual(
    (await column(page, 'seed')).map(Number),
    Array.from({ length: 10 }, (_, i) => 109 - i),
  );
  await page.getByLabel('Filter').fill('diverged');
  await page.getByText(/^[\d,]+ of 10,000 runs/).waitFor();
  assert.deepEqual([...new Set(await column(page, 'state'))], ['diverged']);
  await fewRows();
  await page.context().close();
});

test('a range on an axis filters figure and table, is in the address, and goes with a tap', {
  skip,
}, async () => {
  const page = await open(`#/study/${await studyId()}/runs`);
  const figure = page.locator('figure[aria-label="Settings and losses"]');
  const axis = async (field: string) => (await figure.locator(`[data-axis="${field}"]`).boundingBox())!;
  const all = Number(
    /of ([\d,]+) runs/.exec((await page.getByText(/^[\d,]+ of [\d,]+ runs/).textContent())!)![1],
  );
  const drag = async (field: string, from: number, to: number) => {
    await figure.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await axis(field);
    await page.mouse.move(x + width / 2, y + height * (1 - from));
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height * (1 - to), { steps: 4 });
    await page.mouse.up();
  };
  await drag('optimizer', 0.6, 0.95);
  await page.waitForFunction(() => location.hash.includes('optimizer%3Dsgd'));
  assert.equal(await page.getByLabel('Filter').inputValue(), 'optimizer=sgd');
  await drag('batchSize', 0.8, 1);
  await page.waitForFunction(() => location.hash.includes('batch'));
  const left = rows(page);
  await page.waitForFunction((n) => document.querySelectorAll('.runs tbody tr:not(.space)').length < n, all);
  assert.deepEqual([...new Set(await column(page, 'optimizer'))], ['SGD']);
  assert.deepEqual([...new Set(await column(page, 'batch size'))], ['16']);
  const few = await left.count();
  assert.ok(few > 0 && few < all, `${few} of ${all}`);
  await page.reload();
  await page.getByText(new RegExp(`^${few} of ${all} runs`)).waitFor();
  // The range is drawn where it is.
  await figure.locator('.hold').first().waitFor();
  const band = figure.locator('.band').first();
  assert.ok(Number(await band.getAttribute('height')) > 20);
  await drag('batchSize', 0.5, 0.5);
  await drag('optimizer', 0.5, 0.5);
  await page.getByText(new RegExp(`^${all} of ${all} runs`)).waitFor();
  assert.equal(await page.getByLabel('Filter').inputValue(), '');
  await page.context().close();
});

test('two budgets of a study are compared', { skip }, async () => {
  const study = await studyId();
  const page = await open(`#/compare?left=${study}&right=${study}&leftarm=sgd&rightarm=sgd`);
  const groups = page.getByLabel('Model and budget');
  await groups.first().waitFor();
  const difference = page.locator('section', { has: page.getByRole('heading', { name: 'Difference' }) });
  await difference.getByText('SGD on the left, SGD on the right').waitFor();
  const numbers = async () =>
    (await difference.locator('tbody tr').first().locator('td').allTextContents()).join(' ');
  assert.match(await numbers(), / 0\.000 /);
  await groups.last().selectOption({ index: 1 });
  await difference.getByText(/left side has .*; the right side has/).waitFor();
  // Four million tokens in place of one: lower by 0.3.
  assert.match(await numbers(), /−0\.30/);
  assert.match(page.url(), /rightgroup=1/);
  await page.reload();
  await difference.getByText('left side has').waitFor();
  assert.match(await numbers(), /−0\.30/);
  await page.context().close();
  assert.deepEqual(complaints, []);
});

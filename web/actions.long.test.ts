// What can be done to studies, done in a page: a study is written and started, a run of it is stopped,
// and it is extended. Training is made up (src/server/program.testing.ts).
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { noChromium } from '../scripts/web-page.ts';
import { dashboard } from './dashboard.testing.ts';

const program = resolve(import.meta.dirname, '..', 'src', 'server', 'program.testing.ts');
const { studies, complaints, open } = dashboard(program);
const skip = noChromium;
const note = (page: Page, text: string | RegExp) => page.locator('.notes p', { hasText: text });
let study = '';

const text = `name: written
title: Written in a page
model: tiny
tokens: 8192
batchSizes: [2, 8]
optimizers: {sgd: {lr: {guess: 0.1}}, adam: {lr: {guess: 0.002}}}
seeds: {fresh: 1}
`;

test('a study is written in the form; everything that is wrong is said there, and nothing is lost', {
  skip,
}, async () => {
  // Longer than it takes to stop a run.
  process.env.FAKE_MS = '20000';
  const page = await open('#/');
  await page.getByText('Start a study').click();
  await page.getByLabel('Preset').selectOption('');
  const written = page.getByLabel('The study', { exact: true });
  await written.fill(text.replace('8192', 'many').replace('sgd:', 'sdg:'));
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const alert = page.locator('form [role=alert]');
  await alert.waitFor();
  const said = (await alert.textContent())!;
  for (const wrong of [/tokens: expected a number, found "many"/, /unknown optimizer "sdg"/])
    assert.match(said, wrong);
  await written.fill(text);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('written has been started').waitFor();
  assert.equal(await alert.count(), 0);
  await page.getByRole('link', { name: 'See it' }).click();
  await page.getByRole('heading', { name: 'Written in a page' }).waitFor();
  study = /study\/([^/?]+)/.exec(page.url())![1];
  await page.context().close();
});

test('a run is stopped, and the note that says so goes by itself', { skip }, async () => {
  const page = await open(`#/study/${study}`);
  page.on('dialog', (dialog) => dialog.accept());
  const running = page.locator('section[aria-label="Running now"]');
  const run = (await running.locator('a').first().getAttribute('href'))!;
  await running.getByRole('button', { name: 'Stop' }).first().click();
  await note(page, 'the run is stopped').waitFor();
  await page.getByText('1 failed', { exact: true }).waitFor();
  const other = await open(run);
  await other.getByText('Failed: stopped from the dashboard').waitFor();
  await other.context().close();
  await note(page, 'the run is stopped').waitFor({ state: 'detached' });
  // What went wrong stays until it is dismissed.
  await page.route('**/actions/pause', (route) => route.fulfill({ status: 400, json: { error: 'no way' } }));
  await page.getByRole('button', { name: 'Pause' }).click();
  await note(page, 'no way').waitFor();
  await page.unroute('**/actions/pause');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('.standing', { hasText: 'stopped' }).waitFor();
  await note(page, 'checkpoint').waitFor({ state: 'detached' });
  await note(page, 'no way').getByRole('button').click();
  assert.equal(await note(page, 'no way').count(), 0);
  process.env.FAKE_MS = '20';
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('.standing', { hasText: 'finished' }).waitFor();
  assert.equal(await page.getByText(/\d failed/).count(), 0);
  await page.context().close();
});

test('a finished study is extended, and goes on by itself', { skip }, async () => {
  const page = await open(`#/study/${study}`);
  await page.getByText('4 of 4 cells done').waitFor();
  await page.getByText('Extend', { exact: true }).click();
  const sizes = page.getByLabel('Further batch sizes');
  await sizes.fill('4, x');
  await page.getByText('Whole numbers above zero').waitFor();
  const extend = page.getByRole('button', { name: 'Extend the study' });
  assert.ok(await extend.isDisabled());
  await sizes.fill('8');
  await extend.click();
  await note(page, 'that is what the study has already').waitFor();
  await sizes.fill('4');
  await page.getByLabel('Fresh seeds').fill('2');
  await extend.click();
  await page.getByText('6 of 6 cells done').waitFor();
  await page.locator('.standing', { hasText: 'finished' }).waitFor();
  const view = await (await fetch(new URL(`data/${study}/view.json`, page.url()))).json();
  assert.deepEqual(view.setup.batchSizes, [2, 4, 8]);
  assert.ok(view.summary.cells.every((cell: { best: { seeds: number[] } }) => cell.best.seeds.length === 2));
  assert.equal(view.progress.holder, null, join(studies, 'written'));
  await page.context().close();
  // A refusal is no fault of the page, but browsers write it to the console.
  assert.deepEqual(
    complaints.filter((line) => !/status of 400/.test(line)),
    [],
  );
});

// The playground in Chromium, as a visitor uses it: Adam ahead of SGD at the large batch, level at the
// small one; a race that is paused ends as one that was not.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { noChromium } from '../../../scripts/web-page.ts';
import { builtPages, onPlay } from './play.testing.ts';

/** Losses of Adam and SGD at the end of the race at this batch size, as the page shows them. */
async function finished(page: Page, batchSize: number): Promise<[adam: number, sgd: number]> {
  const answer = page.getByTestId('answer');
  await answer.filter({ hasText: new RegExp(`^Batch size ${batchSize}, equal`) }).waitFor();
  const texts = await page.getByTestId('loss').allTextContents();
  const [adam, sgd] = texts.map((text) => Number.parseFloat(text));
  return [adam, sgd];
}

const start = (page: Page) => page.getByRole('button', { name: 'Start the race' }).click();

describe('the playground', { skip: noChromium }, () => {
  let pages: Awaited<ReturnType<typeof builtPages>>;
  before(async () => {
    pages = await builtPages();
  });
  after(() => pages?.remove());

  test('Adam ends below SGD at the large batch, and they are nearly level at the small one', async (t) => {
    const said = await onPlay(pages.folder, '#/playground', async (page) => {
      const begun = performance.now();
      assert.equal(
        await page.getByLabel(/^Batch size/).getAttribute('aria-valuetext'),
        '128 sequences, 48 steps',
      );
      await start(page);
      const [adam, sgd] = await finished(page, 128);
      assert.ok(sgd - adam > 0.2, `at 128: Adam ${adam}, SGD ${sgd}`);
      assert.match(
        (await page.getByTestId('answer').textContent())!,
        /SGD with momentum is 0\.\d\d nats behind/,
      );

      // By keyboard, as far left as it goes.
      await page.getByLabel(/^Batch size/).press('Home');
      assert.match(page.url(), /batch=2/);
      await start(page);
      const [adamSmall, sgdSmall] = await finished(page, 2);
      assert.ok(Math.abs(sgdSmall - adamSmall) < 0.1, `at 2: Adam ${adamSmall}, SGD ${sgdSmall}`);
      t.diagnostic(`both races took ${Math.round((performance.now() - begun) / 1000)} s`);

      // The visitor's gap plot has both, also after a reload.
      await page.reload();
      const rows = page.getByRole('region', { name: /Numbers of: Gap between/ }).getByRole('row');
      await page.locator('section[aria-labelledby=gaps] summary').click();
      for (const [at, batchSize, gap] of [
        [1, 2, sgdSmall - adamSmall],
        [4, 128, sgd - adam],
      ]) {
        const [size, yours] = await rows.nth(at).getByRole('cell').allTextContents();
        assert.equal(size, String(batchSize));
        // The gap is rounded to two digits, each of the two losses to three.
        const error = Math.abs(Number(yours.replace('−', '-')) - gap);
        assert.ok(error < 0.0061, `${yours} in the table, ${gap} of the losses`);
      }
    });
    assert.deepEqual(said, []);
  });

  test('a race that was paused and hidden takes the steps of one that was not', async () => {
    const losses: string[][] = [];
    const hash = '#/playground?batch=32&equal=steps';
    for (const disturbed of [false, true])
      await onPlay(pages.folder, hash, async (page) => {
        await start(page);
        if (disturbed) {
          await page
            .getByTestId('state')
            .filter({ hasText: /^step \d+ of/ })
            .first()
            .waitFor();
          await page.getByRole('button', { name: 'Pause' }).click();
          await page.waitForTimeout(1500);
          const before = await page.getByTestId('state').allTextContents();
          await page.waitForTimeout(1500);
          assert.deepEqual(await page.getByTestId('state').allTextContents(), before);
          await page.getByRole('button', { name: 'Go on' }).click();
          // What the browser tells a page that is no longer seen.
          const seen = (hidden: boolean) =>
            page.evaluate((hidden) => {
              Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
              document.dispatchEvent(new Event('visibilitychange'));
            }, hidden);
          await seen(true);
          await page.waitForTimeout(1500);
          const still = await page.getByTestId('state').allTextContents();
          await page.waitForTimeout(1500);
          assert.deepEqual(await page.getByTestId('state').allTextContents(), still);
          await seen(false);
        }
        await finished(page, 32);
        losses.push(await page.getByTestId('loss').allTextContents());
        assert.ok((await page.locator('.said').first().textContent())!.length > 60);
      });
    assert.deepEqual(losses[0], losses[1]);
  });

  test('the engine is as large as the page says', () => {
    const { size } = statSync(join(pages.folder, 'play/ort-wasm-simd-threaded.wasm'));
    assert.equal(Math.round(size / 1e6), 14);
  });
});

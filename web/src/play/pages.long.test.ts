// Playground, theory and argument: no serious violation that axe knows, no sideways scrolling, a clean
// console, and sliders that work by keyboard, stand in the address and can be dragged.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { noChromium } from '../../../scripts/web-page.ts';
import { builtPages, onPlay } from './play.testing.ts';

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
}

/**
 * A page, a slider of it, what the address says after a step to the left, and the text that follows the
 * slider.
 */
const pages = [
  { at: 'playground', slider: /^Batch size/, says: 'batch=32', shows: /A race at batch size 32 costs/ },
  {
    at: 'theory',
    slider: /^Batch size: 16/,
    says: 'batch=8',
    shows: /At your batch size 8 sign descent has/,
  },
  { at: 'argument', slider: /^Batch size/, says: 'batch=2', shows: /At batch size 2 / },
];

describe('the pages', { skip: noChromium }, () => {
  let built: Awaited<ReturnType<typeof builtPages>>;
  before(async () => {
    built = await builtPages();
  });
  after(() => built?.remove());

  for (const { at, slider, says, shows } of pages)
    test(`${at}`, async () => {
      const said = await onPlay(built.folder, `#/${at}`, async (page) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          assert.deepEqual(await violations(page), [], colorScheme);
        }
        for (const width of [360, 3840]) {
          await page.setViewportSize({ width, height: 900 });
          await page.waitForTimeout(500);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${wide} pixels in ${width}`);
        }
        const moved = page.getByLabel(slider).first();
        await moved.press(at === 'argument' ? 'ArrowRight' : 'ArrowLeft');
        await page.getByText(shows).first().waitFor();
        assert.match(page.url(), new RegExp(says));
        // A link shows what its sender saw.
        await page.reload();
        await page.getByText(shows).first().waitFor();
      });
      assert.deepEqual(said, []);
    });

  test('a slider dragged to and fro: the numbers end where it stands, the address too', async () => {
    const said = await onPlay(built.folder, '#/theory?form=sde', async (page) => {
      await page.evaluate(async () => {
        const slider = document.getElementById('batch') as HTMLInputElement;
        // More moves than Chromium lets a page write addresses in ten seconds.
        for (let i = 0; i <= 300; i++) {
          slider.value = String(i % 10);
          slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
          if (i % 20 === 0) await new Promise((done) => setTimeout(done));
        }
      });
      const text = /At batch size 1 half of the paths/;
      await page.getByText(text).waitFor();
      await page.locator('.play [aria-busy=true]').first().waitFor({ state: 'detached' });
      assert.match((await page.locator('[aria-labelledby=sde] strong').textContent())!, text);
      await page.waitForFunction(() => /[?&]batch=1(&|$)/.test(location.hash));
    });
    assert.deepEqual(said, []);
  });

  test('figures are saved as files that need no style sheet, with their legend and their numbers', async () => {
    const said = await onPlay(built.folder, '#/theory', async (page) => {
      await page.emulateMedia({ colorScheme: 'dark' });
      const saved = async (figure: Locator, kind: string) => {
        const details = figure.locator('details');
        await details.evaluate((element: HTMLDetailsElement) => (element.open = true));
        const coming = page.waitForEvent('download');
        await details.getByRole('button', { name: kind }).click();
        const file = await (await coming).path();
        return readFileSync(file);
      };
      const drawn = page.locator('figure.chart:has(svg .axes):has(.legend)').first();
      await drawn.waitFor();
      const names = await drawn.locator('.legend li').allTextContents();
      const svg = String(await saved(drawn, 'SVG'));
      for (const name of names) assert.ok(svg.includes(`>${name.trim()}</text>`), name);
      assert.doesNotMatch(svg, /var\(/);
      // Letters in the colour of this page, which is dark.
      const ink = await drawn
        .locator('.axes text')
        .first()
        .evaluate((text) => getComputedStyle(text).fill);
      assert.ok(svg.includes(`fill: ${ink}`), ink);
      const csv = String(await saved(drawn, 'CSV')).split('\r\n');
      const heads = await drawn.locator('th').allTextContents();
      assert.equal(csv[0], heads.join(','));
      assert.equal(csv.length - 2, (await drawn.locator('tr').count()) - 1);
      assert.doesNotMatch(csv.join(), /−/);
      const png = [137, 80, 78, 71];
      assert.deepEqual([...(await saved(drawn, 'PNG')).subarray(0, 4)], png);
      const canvas = page.locator('figure.chart:has(canvas)').first();
      assert.deepEqual([...(await saved(canvas, 'PNG')).subarray(0, 4)], png);
      assert.equal(await canvas.getByRole('button', { name: 'SVG' }).count(), 0);
    });
    assert.deepEqual(said, []);
  });

  test('where the worker does not run, the page says so in place of the figures', async () => {
    await onPlay(built.folder, '#/argument', async (page) => {
      await page.route(/theory-worker/, (route) => route.abort());
      await page.getByRole('link', { name: 'Theory' }).click();
      await page
        .getByText(/^This figure cannot be computed here: /)
        .nth(2)
        .waitFor();
      // Sliders still move.
      await page
        .getByLabel(/^Batch size: 16/)
        .first()
        .press('ArrowLeft');
      await page
        .getByLabel(/^Batch size: 8/)
        .first()
        .waitFor();
    });
  });
});

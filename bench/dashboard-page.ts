// The dashboard in headless Chromium: how long its pages take to show a study, and to show a new result.
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { ensureUi, pagesFolder } from '../scripts/ui.ts';
import { chromiumPath } from '../scripts/web-page.ts';
import { serveStudies } from '../src/server/serve.ts';

export interface Shown {
  what: string;
  milliseconds: number;
}

/**
 * Milliseconds from an address typed into a new tab until each part of the page is there, and from a result
 * until the page has it. `finish` publishes the result of one more run.
 */
export async function inPage(folder: string, id: string, finish: () => void): Promise<Shown[]> {
  await ensureUi();
  const serving = await serveStudies({
    ...{ dirs: [folder], host: '127.0.0.1', port: 0, readOnly: true, allowCommands: false },
    ...{ pages: pagesFolder, version: 'bench', launch: [process.execPath, join('src', 'cli.ts')] },
  });
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: 120_000,
  });
  const shown: Shown[] = [];
  const timed = async (what: string, begun: number, until: Promise<unknown>) => {
    await until;
    shown.push({ what, milliseconds: performance.now() - begun });
  };
  const opened = async (address: string): Promise<[Page, number]> => {
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    const begun = performance.now();
    await page.goto(`${serving.url}${address}`, { waitUntil: 'commit' });
    return [page, begun];
  };
  try {
    // The server reads the study once; whoever opens it first waits for that.
    const [list, listed] = await opened('#/');
    await timed('list of studies, first time', listed, list.locator('.list a').first().waitFor());
    const [page, begun] = await opened(`#/study/${id}`);
    await timed('study: progress and answer', begun, page.locator('.answer').first().waitFor());
    const figures = page.locator('figure .drawing svg');
    await timed('study: gap', begun, figures.first().waitFor());
    await timed('study: all six figures', begun, figures.nth(5).waitFor());
    const [runs, asked] = await opened(`#/study/${id}/runs`);
    await timed('runs: table', asked, runs.locator('.runs tbody a').first().waitFor());
    await timed('runs: curves of the winners', asked, runs.locator('.entries li').first().waitFor());
    const counts = page.locator('.counts');
    const before = await counts.textContent();
    const changed = performance.now();
    finish();
    const isNew = (text: string | null) => document.querySelector('.counts')?.textContent !== text;
    await timed('study: a new result, from its file', changed, page.waitForFunction(isNew, before));
  } finally {
    await browser.close();
    await serving.close();
  }
  return shown;
}

// The built pages in a browser, for the tests of the playground.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { buildUi } from '../../../scripts/ui.ts';
import { withPage } from '../../../scripts/web-page.ts';

/** Builds the pages into a folder of its own; `remove` takes it away. */
export async function builtPages(): Promise<{ folder: string; remove(): void }> {
  const above = await mkdtemp(join(tmpdir(), 'gaplab-play-'));
  const folder = join(above, 'web');
  await buildUi(folder);
  return { folder, remove: () => rmSync(above, { recursive: true, force: true }) };
}

/** Long, as the machine may have much else to do. */
const PATIENCE = 600_000;

/**
 * Calls `use` with the page at `hash`, and returns what it wrote to the console beside. Static pages have
 * no server of studies, and a failed question for one is none of the playground's.
 */
export async function onPlay(
  folder: string,
  hash: string,
  use: (page: Page) => Promise<void>,
): Promise<string[]> {
  const said: string[] = [];
  await withPage(folder, {}, async (page) => {
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => {
      const { url } = message.location();
      if (['error', 'warning'].includes(message.type()) && !/\/(events|data\/)/.test(url))
        said.push(message.text());
    });
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(new URL(`index.html${hash}`, page.url()).href, { waitUntil: 'load' });
    await page.waitForSelector('h1');
    await use(page);
  });
  return said;
}

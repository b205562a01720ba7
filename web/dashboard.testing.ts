// For tests: the dashboard over a folder of studies, and pages of headless Chromium that have it open.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureUi, pagesFolder } from '../scripts/ui.ts';
import { chromiumPath, noChromium } from '../scripts/web-page.ts';
import { type Serving, serveStudies } from '../src/server/serve.ts';

const root = resolve(import.meta.dirname, '..');
export const minutes = 60_000;

export interface Look {
  colorScheme?: 'light' | 'dark';
  width?: number;
}

export interface Dashboard {
  /** Of this test alone; gone after it. */
  folder: string;
  /** Where the studies are. */
  studies: string;
  /** What pages wrote to their consoles, and errors that nobody caught. */
  complaints: string[];
  serving: Serving;
  /** Starts the server anew. */
  serve(port?: number): Promise<void>;
  open(address: string, look?: Look): Promise<Page>;
}

/** Server and browser are there before the tests, and gone after them. `program`: what its actions run. */
export function dashboard(program = join(root, 'src', 'cli.ts')): Dashboard {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-dashboard-'));
  const studies = join(folder, 'studies');
  const complaints: string[] = [];
  let browser: Browser | undefined;
  const shown: Dashboard = {
    ...{ folder, studies, complaints },
    serving: undefined as unknown as Serving,
    async serve(port = 0) {
      shown.serving = await serveStudies({
        ...{ dirs: [studies], host: '127.0.0.1', port, readOnly: false, allowCommands: false },
        ...{ pages: pagesFolder, version: 'test' },
        launch: [process.execPath, '--disable-warning=ExperimentalWarning', program],
      });
    },
    async open(address, { colorScheme = 'light', width = 1280 } = {}) {
      const context = await browser!.newContext({ colorScheme, viewport: { width, height: 900 } });
      const page = await context.newPage();
      page.setDefaultTimeout(4 * minutes);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // A server that is gone is no fault of the page.
        if (message.type() !== 'log' && !/ERR_CONNECTION|ERR_INCOMPLETE|net::/.test(message.text()))
          complaints.push(message.text());
      });
      await page.goto(`${shown.serving.url}${address}`);
      return page;
    },
  };
  before(async () => {
    if (noChromium) return;
    mkdirSync(studies, { recursive: true });
    await ensureUi();
    await shown.serve();
    browser = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--no-sandbox', '--disable-gpu'],
      timeout: 4 * minutes,
    });
  });
  after(async () => {
    await browser?.close();
    await shown.serving?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return shown;
}

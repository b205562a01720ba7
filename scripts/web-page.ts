// For tests: a folder served on the loopback interface, a page of headless Chromium that has it open,
// and one run of `nano` in Node and in that page.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import type { BrowserOptions, BrowserOutcome, BrowserStep } from '../src/browser.ts';
import { createRng } from '../src/core/rng.ts';
import type { PreparedData } from '../src/data/index.ts';
import { modelPreset } from '../src/model/presets.ts';
import { resolveHyper } from '../src/optim/registry.ts';
import type { RunConfig } from '../src/train/config.ts';
import { train } from '../src/train/train.ts';

/** Where Debian and its kin put Chromium; `CHROMIUM` names another place. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Why there are no browser tests here; false when there are. */
export const noChromium = existsSync(chromiumPath) ? false : `there is no ${chromiumPath} (set CHROMIUM)`;

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * A page with an icon of its own: without one the browser asks for /favicon.ico, and reports that there is
 * none.
 */
const blank = '<!doctype html><link rel="icon" href="data:," /><title>gaplab</title>';

interface Wishes {
  /** With the headers that make SharedArrayBuffer, and so threads, available. */
  isolated?: boolean;
  /** With WebGPU on SwiftShader, the software Vulkan device of Chromium itself. */
  webgpu?: boolean;
}

/** Calls `use` with a page at the root of `folder`; the browser and the server are gone afterwards. */
export async function withPage<T>(
  folder: string,
  { isolated = false, webgpu = false }: Wishes,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const isolation = {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  };
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url!, 'http://localhost').pathname);
    const body = path === '/' ? blank : undefined;
    try {
      const content = body ?? (await readFile(join(folder, path)));
      const type = types[body ? '.html' : extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, ...(isolated ? isolation : {}) }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    // On a machine with much else to do.
    timeout: 120_000,
    args: ['--no-sandbox', ...(webgpu ? gpu : ['--disable-gpu'])],
    // As in a visitor's browser, a page that writes its address too often is not heard.
    ignoreDefaultArgs: ['--disable-ipc-flooding-protection'],
  });
  try {
    const page = await browser.newPage();
    page.setDefaultNavigationTimeout(120_000);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await use(page);
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

/** A run of 20 steps of `nano`. */
export const nanoRun = (optimizer: string, batchSize: number, microBatch: number, steps = 20): RunConfig => ({
  schema: 1,
  model: modelPreset('nano'),
  data: { corpus: 'synthetic', fingerprint: 'f'.repeat(64) },
  optimizer: { name: optimizer, hyper: resolveHyper(optimizer) },
  lr: optimizer === 'adam' ? 0.003 : 0.5,
  schedule: { name: 'cosine', warmup: 0.2, final: 0.1 },
  clip: 1,
  batchSize,
  microBatch,
  steps,
  seed: 3,
  eval: { tokens: 512, every: 0 },
});

/** Tokens with something to learn in them, for `nano`'s vocabulary. */
export function nanoTokens(length: number, name: string): Uint16Array<ArrayBuffer> {
  const rng = createRng(1, name);
  const ids = new Uint16Array(length);
  for (let i = 1; i < length; i++)
    ids[i] = rng.uniform() < 0.7 ? (5 * ids[i - 1] + 7) % 256 : rng.below(2048);
  return ids;
}

export interface Steps {
  steps: { step: number; lr: number; loss: number; gradNorm: number }[];
  valLoss: number | null;
}

/** The run as Node takes it. */
export async function inNode(run: RunConfig, tokens: Uint16Array, validation: Uint16Array): Promise<Steps> {
  const shard = (ids: Uint16Array) => ({
    length: ids.length,
    read: (start: number, out: Int32Array) => out.set(ids.subarray(start, start + out.length)),
  });
  const steps: Steps['steps'] = [];
  const data = { vocabSize: 2048, train: shard(tokens), validation: shard(validation), bytesPerToken: 3 };
  const { valLoss } = await train(run, {
    data: data as unknown as PreparedData,
    onStep: ({ step, lr, loss, gradNorm }) => void steps.push({ step, lr, loss, gradNorm }),
  });
  return { steps, valLoss };
}

export type PageOutcome = Omit<BrowserOutcome, 'params'> & Steps & { params: number[] };

/** The run as the page's worker takes it; `params` are the first few. */
export const onPage = (
  page: Page,
  run: RunConfig,
  tokens: Uint16Array,
  validation: Uint16Array,
  options: Pick<BrowserOptions, 'device' | 'threads'> = {},
): Promise<PageOutcome> =>
  page.evaluate(
    async ([run, tokens, validation, options]) => {
      const gaplab = (await import('/browser.js' as string)) as typeof import('../src/browser.ts');
      const steps: BrowserStep[] = [];
      const outcome = await gaplab.trainInWorker(run, Uint16Array.from(tokens), {
        ...options,
        validation: Uint16Array.from(validation),
        onStep: (step) => steps.push(step),
      });
      return { ...outcome, params: [...outcome.params.slice(0, 100)], steps };
    },
    [run, [...tokens], [...validation], options] as const,
  );

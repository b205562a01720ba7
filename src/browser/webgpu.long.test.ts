// Training on WebGPU in a real browser: the same losses as Node's processor, on a software
// device where there is no card.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildWeb } from '../../scripts/web.ts';
import { inNode, nanoRun, nanoTokens, noChromium, onPage, withPage } from '../../scripts/web-page.ts';

const tokens = nanoTokens(20 * 8 * 64 + 1, 'train');
const validation = nanoTokens(257, 'validation');

/** In the page. */
const hasAdapter = async () =>
  Boolean(await (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu?.requestAdapter());

describe('nano on WebGPU in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-webgpu-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  before(async () => void (noChromium || (await buildWeb(folder))));

  // In software a step takes seconds, and compiling a graph's kernels most of a minute.
  for (const [optimizer, batchSize, microBatch, steps] of [
    ['adam', 1, 1, 20],
    ['sgd', 4, 2, 5],
  ] as const)
    test(
      `${steps} steps of ${optimizer} at batch ${batchSize} have Node's losses`,
      { skip: noChromium },
      (t) =>
        withPage(folder, { webgpu: true }, async (page) => {
          if (!(await page.evaluate(hasAdapter)))
            return t.skip('this Chromium offers no WebGPU adapter, not even SwiftShader');
          const run = nanoRun(optimizer, batchSize, microBatch, steps);
          const expected = await inNode(run, tokens, validation);
          const there = await onPage(page, run, tokens, validation, { device: 'webgpu' });
          there.steps.forEach(({ step, loss }) => {
            const node = expected.steps[step].loss;
            assert.ok(Math.abs(loss - node) < 1e-4, `step ${step}: ${loss}, in Node ${node}`);
          });
          assert.equal(there.steps.length, steps);
          assert.ok(Math.abs(there.valLoss! - expected.valLoss!) < 1e-4);
        }),
    );
});

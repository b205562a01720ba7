// Training in a real browser takes the steps that Node takes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildWeb } from '../../scripts/web.ts';
import { inNode, nanoRun, nanoTokens, noChromium, onPage, withPage } from '../../scripts/web-page.ts';
import type { ModelConfig } from '../model/config.ts';
import { batchPlan } from '../optim/batch-schedules.ts';

const tokens = nanoTokens(20 * 8 * 64 + 1, 'train');
const validation = nanoTokens(1025, 'validation');

interface Case {
  optimizer: string;
  batchSize: number;
  microBatch: number;
  threads: number;
  /** With a batch that grows. */
  grows?: boolean;
  /** Changes to the model. */
  model?: Partial<ModelConfig>;
}

const skip = { skip: noChromium };

describe('nano in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-web-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let bundled: string[];
  before(async () => {
    if (!noChromium) bundled = await buildWeb(folder);
  });

  for (const isolated of [false, true]) {
    const cases = isolated
      ? [{ optimizer: 'adam', batchSize: 8, microBatch: 3, threads: 2, grows: true }]
      : [
          { optimizer: 'adam', batchSize: 1, microBatch: 1, threads: 2 },
          { optimizer: 'sgd', batchSize: 1, microBatch: 1, threads: 1 },
          { optimizer: 'adam', batchSize: 8, microBatch: 4, threads: 1 },
          { optimizer: 'sgd', batchSize: 8, microBatch: 3, threads: 1 },
          {
            ...{ optimizer: 'adam', batchSize: 4, microBatch: 4, threads: 1 },
            model: { objective: 'mlm', vocabSize: 2049 },
          },
        ];
    test(
      `20 steps have Node's losses (${isolated ? 'isolated page, two threads' : 'plain page'})`,
      skip,
      () =>
        withPage(folder, { isolated }, async (page) => {
          for (const one of cases as Case[]) {
            const { optimizer, batchSize, microBatch, threads, grows = false, model } = one;
            const plain = nanoRun(optimizer, batchSize, microBatch);
            const run = {
              ...plain,
              model: { ...plain.model, ...model },
              ...(grows ? { batchSchedule: { name: 'doubling', from: 2, sequences: 40 } } : {}),
            };
            const expected = await inNode(run, tokens, validation);
            const there = await onPage(page, run, tokens, validation, { threads });
            const name = `${optimizer}, batch ${batchSize}`;
            assert.equal(there.threads, isolated ? threads : 1, name);
            assert.equal(there.steps.length, 20);
            assert.equal(there.tokens, 64 * batchPlan(batchSize, run.batchSchedule).at(20).first);
            there.steps.forEach(({ step, lr, loss, gradNorm }, i) => {
              const node = expected.steps[i];
              assert.equal(step, i);
              assert.equal(lr, node.lr);
              assert.ok(
                Math.abs(loss - node.loss) < 1e-4,
                `${name}, step ${i}: ${loss}, in Node ${node.loss}`,
              );
              assert.ok(
                Math.abs(gradNorm / node.gradNorm - 1) < 1e-2,
                `${name}, step ${i}: norm ${gradNorm}`,
              );
            });
            assert.ok(Math.abs(there.valLoss! - expected.valLoss!) < 1e-4, name);
            assert.notEqual(there.params[0], there.params[1]);
          }
        }),
    );
  }

  test('a run is stopped, and what is wrong is said on the page', skip, () =>
    withPage(folder, {}, async (page) => {
      const said = await page.evaluate(
        async ([run, ids]) => {
          const gaplab = (await import('/browser.js' as string)) as typeof import('../browser.ts');
          const tokens = Uint16Array.from(ids);
          const train = async (...args: Parameters<typeof gaplab.trainInWorker>) => {
            try {
              await gaplab.trainInWorker(...args);
              return 'done';
            } catch (error) {
              return `${(error as Error).name}: ${(error as Error).message}`;
            }
          };
          const stop = new AbortController();
          const onStep = ({ step }: { step: number }) => step === 2 && stop.abort();
          const broken = () => {
            throw new RangeError('of mine');
          };
          return {
            stopped: await train({ ...run, steps: 1e6 }, tokens, { signal: stop.signal, onStep }),
            before: await train(run, tokens, { signal: AbortSignal.abort() }),
            shape: await train({ ...run, model: { ...run.model, heads: 3 } }, tokens),
            images: await train(
              { ...run, model: { ...run.model, objective: 'classify' as const, patch: 7 } },
              tokens,
            ),
            steps: await train({ ...run, steps: 0.5 }, tokens),
            rule: await train({ ...run, optimizer: { name: 'adm', hyper: {} } }, tokens),
            way: await train({ ...run, schedule: { ...run.schedule, name: 'zigzag' } }, tokens),
            grows: await train(
              { ...run, batchSchedule: { name: 'doubling', from: 9, sequences: 64 } },
              tokens,
            ),
            short: await train(run, tokens.slice(0, 60)),
            beyond: await train(run, Uint16Array.of(...tokens.slice(0, 70), 2048)),
            prompt: await train(run, tokens, { text: { steps: [0], prompt: [], length: 3 } }),
            device: await train(run, tokens, { device: 'webgpu' }),
            callback: await train(run, tokens, { onStep: broken }),
            worker: await train(run, tokens, { worker: () => new Worker('/nowhere.js') }),
          };
        },
        [nanoRun('sgd', 1, 1), [...tokens]] as const,
      );
      assert.equal(said.stopped, 'InterruptedError: interrupted');
      assert.equal(said.before, 'InterruptedError: interrupted');
      assert.match(said.shape, /^UserError: model: dim 64 \/ heads 3/);
      assert.match(said.images, /^UserError: objective classify needs images, and a page trains on tokens/);
      assert.match(said.steps, /^UserError: run: steps: /);
      assert.match(said.rule, /^UserError: unknown optimizer "adm"/);
      assert.match(said.way, /^UserError: unknown schedule "zigzag"/);
      assert.match(said.grows, /^UserError: batchSchedule: it grows from 9/);
      assert.match(said.short, /^UserError: .*this split of the corpus has 60/);
      assert.match(said.beyond, /^UserError: token 70 is 2048/);
      assert.equal(said.prompt, 'UserError: text.prompt must have at least one token');
      assert.match(said.device, /^UserError: .*no WebGPU adapter/);
      assert.equal(said.callback, 'RangeError: of mine');
      assert.match(said.worker, /^Error: the worker does not run/);
    }),
  );

  test('the bundles hold nothing of Node, and are small', skip, () => {
    const packages = [
      ...new Set(bundled.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1])),
    ];
    assert.deepEqual(packages.filter(Boolean).sort(), ['@bufbuild/protobuf', 'onnxruntime-web', 'zod']);
    // With zod's 60 languages it would be more than four times as much.
    assert.ok(statSync(join(folder, 'browser.js')).size < 150_000);
  });
});

// A run that is paused and writes text on the way takes the same steps, bit for bit,
// as one that is left alone.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildWeb } from '../../scripts/web.ts';
import { nanoRun, nanoTokens, noChromium, withPage } from '../../scripts/web-page.ts';
import { createPause } from './pause.ts';

test('a switch tells who follows it, from the beginning and until they leave', () => {
  const pause = createPause();
  const heard: boolean[] = [];
  pause.set(true);
  const leave = pause.follow((on) => heard.push(on));
  pause.set(true);
  pause.set(false);
  leave();
  pause.set(true);
  assert.deepEqual(heard, [true, false]);
  assert.equal(pause.on, true);
});

describe('a run in Chromium', { skip: noChromium }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-pause-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  before(async () => void (noChromium || (await buildWeb(folder))));

  test('stands still while it is paused, and ends with the bits of one that was not', () =>
    withPage(folder, {}, async (page) => {
      const { alone, disturbed } = await page.evaluate(
        async ([run, ids]) => {
          const gaplab = (await import('/browser.js' as string)) as typeof import('../browser.ts');
          const tokens = Uint16Array.from(ids);
          const alone = await gaplab.trainInWorker(run, tokens);
          const pause = gaplab.createPause();
          const [steps, texts, during]: [number[], { step: number; ids: number[] }[], number[]] = [
            [],
            [],
            [],
          ];
          let ready = 0;
          const outcome = await gaplab.trainInWorker(run, tokens, {
            pause,
            text: { steps: [0, 10, 40], prompt: [5], length: 12 },
            onReady: () => ready++,
            onText: ({ step, ids }) => texts.push({ step, ids: [...ids] }),
            onStep({ step }) {
              steps.push(step);
              if (step !== 3 && step !== 20) return;
              pause.set(true);
              // Steps taken before the worker hears of it still arrive; then there are no more.
              setTimeout(() => {
                const before = steps.length;
                setTimeout(() => {
                  during.push(steps.length - before);
                  pause.set(false);
                }, 400);
              }, 400);
            },
          });
          const plain = ({ params, ...rest }: typeof outcome) => ({ ...rest, params: [...params] });
          return {
            alone: plain(alone),
            disturbed: { ...plain(outcome), steps, texts, during, ready },
          };
        },
        [nanoRun('adam', 2, 2, 40), [...nanoTokens(20_000, 'train')]] as const,
      );
      assert.deepEqual(disturbed.params, alone.params);
      assert.deepEqual(
        disturbed.steps,
        Array.from({ length: 40 }, (_, i) => i),
      );
      assert.equal(disturbed.during.length >= 1 && disturbed.during.every((taken) => taken === 0), true);
      assert.equal(disturbed.ready, 1);
      assert.deepEqual(
        disturbed.texts.map(({ step, ids }) => [step, ids.length]),
        [
          [0, 12],
          [10, 12],
          [40, 12],
        ],
      );
      assert.ok(disturbed.setupSeconds > 0 && disturbed.tokensPerSecond > 0);
    }));
});

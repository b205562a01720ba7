// Frames a second of the page Theory in headless Chromium while a slider moves or time runs:
// `node bench/frames.ts [--seconds 10] [--json]`. A frame is a call of requestAnimationFrame, which a
// screen of 60 Hz makes 60 times a second; a long task keeps the page's thread for 50 ms or more.
// A slider moves by one stop ten times a second, to and fro.
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { ensureUi, pagesFolder } from '../scripts/ui.ts';
import { chromiumPath, noChromium, withPage } from '../scripts/web-page.ts';
import { busy, machine } from './machine.ts';
import { median } from './stats.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    /** How long each slider moves. */
    seconds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(flags.seconds);
if (!(seconds > 0)) throw new Error(`--seconds "${flags.seconds}": a number of seconds`);

/** What moves: a slider by its id, or time itself. */
const explorables = [
  { name: 'paths, time runs', at: '', moves: 'play' },
  { name: 'paths, batch size', at: '', moves: 'batch' },
  { name: 'paths, noise', at: '', moves: 'noise' },
  { name: 'paths, learning rate', at: '', moves: 'lr' },
  { name: 'paths, momentum', at: '', moves: 'momentum' },
  { name: 'paths of the SDE, batch size', at: '?form=sde&momentum=0.9', moves: 'batch' },
  { name: 'the pull, batch size', at: '', moves: 'drift-batch' },
  { name: 'the pull, noise', at: '?tails=1.5', moves: 'ratio' },
  { name: 'the pull, tails', at: '', moves: 'tails' },
  { name: 'quadratics, batch size', at: '', moves: 'bowl-batch' },
  { name: 'quadratics, momentum', at: '?from=hessian', moves: 'bowl-momentum' },
  { name: 'quadratics, learning rate', at: '', moves: 'times' },
] as const;

/** Milliseconds between two moves of a slider. */
const PAUSE = 100;

interface Seen {
  /** Milliseconds between frames. */
  gaps: number[];
  /** Milliseconds of each long task. */
  long: number[];
  /** Milliseconds from a move to the picture of it. */
  waits: number[];
}

/** The next move comes before pictures that take longer than from one move to the next. */
const waitOf = ({ waits }: Seen) => (waits.length > 0 ? median(waits).toFixed(0) : `more than ${PAUSE}`);

/** Runs in the page. */
const watched = (page: Page, moves: string): Promise<Seen> =>
  page.evaluate(
    async ([moves, seconds, pause]) => {
      const seen: Seen = { gaps: [], long: [], waits: [] };
      const observer = new PerformanceObserver((list) =>
        seen.long.push(...list.getEntries().map(({ duration }) => duration)),
      );
      observer.observe({ entryTypes: ['longtask'] });
      const begun = performance.now();
      let [last, moved, step] = [begun, begun, 0];
      let waiting = false;
      await new Promise<void>((done) => {
        const frame = (now: number) => {
          if (last !== begun) seen.gaps.push(now - last);
          last = now;
          if (now - begun > 1000 * seconds) return done();
          const isBusy = document.querySelector('.play [aria-busy=true]') !== null;
          if (waiting && !isBusy) {
            seen.waits.push(now - moved);
            waiting = false;
          }
          if (moves === 'play') {
            const button = document.querySelector<HTMLButtonElement>('.timeline button')!;
            if (button.textContent === 'Play') button.click();
          } else if (now - moved > pause) {
            const slider = document.getElementById(moves) as HTMLInputElement;
            const most = Number(slider.max);
            const at = step++ % (2 * most);
            slider.value = String(at < most ? at : 2 * most - at);
            slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
            moved = performance.now();
            waiting = true;
          }
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      });
      observer.disconnect();
      return seen;
    },
    [moves, seconds, PAUSE] as const,
  );

if (noChromium) throw new Error(noChromium);
const load = busy();
await ensureUi();
const measured = await withPage(pagesFolder, {}, async (page) => {
  const rows: ({ name: string; fps: number; worst: number; wait: string } & Seen)[] = [];
  for (const { name, at, moves } of explorables) {
    await page.goto(new URL(`index.html#/theory${at}`, page.url()).href);
    await page.reload();
    await page.waitForSelector('.timeline button');
    await page.waitForTimeout(1000);
    const seen = await watched(page, moves);
    const all = seen.gaps.reduce((a, b) => a + b, 0);
    rows.push({
      ...{ name, ...seen, fps: (1000 * seen.gaps.length) / all, worst: Math.max(...seen.gaps) },
      wait: moves === 'play' ? '' : waitOf(seen),
    });
  }
  return rows;
});
if (flags.json) console.log(JSON.stringify({ machine: machine(), load, seconds, measured }));
else {
  console.log(`${machine()}, ${chromiumPath}, ${seconds} s each`);
  if (load) console.log(load);
  console.log(
    table([
      ['what moves', 'frames a second', 'longest between two, ms', 'long tasks', 'to the picture, ms'],
      ...measured.map(({ name, fps, worst, long, wait }) => [
        ...[name, fps.toFixed(1), worst.toFixed(0)],
        long.length === 0 ? 'none' : `${long.length}, ${Math.max(...long).toFixed(0)} ms at most`,
        wait,
      ]),
    ]),
  );
}

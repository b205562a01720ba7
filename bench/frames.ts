// Frames a second of the page Theory in headless Chromium while a slider moves or time runs:
// `node bench/frames.ts [--seconds 10] [--json]`. A slider moves by one stop ten times a second, to and fro.
// A frame is a call of requestAnimationFrame, of which a screen of 60 Hz makes 60 a second. On a machine
// with much else to do they are fewer. What the page itself costs is told by the processor time of its
// thread, which others do not lengthen: of a second, and of its longest task, which has 16.7 ms in a frame.
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
  /** Milliseconds from a move to the picture of it. */
  waits: number[];
}

interface Spent {
  /** Milliseconds of processor time that the page's thread takes in a second. */
  perSecond: number;
  /** That of its longest task. */
  longest: number;
}

interface TraceEvent {
  ph: string;
  name: string;
  pid: number;
  tid: number;
  /** Microseconds of processor time. */
  tdur?: number;
  args?: { name?: string };
}

/** What the thread of the page spent while `work` ran, from Chromium's trace. */
async function traced<T>(page: Page, work: () => Promise<T>): Promise<T & Spent> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel'] });
  const result = await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const threads = new Set(
    (traceEvents as TraceEvent[])
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = (traceEvents as TraceEvent[])
    .filter(
      ({ ph, name, pid, tid }) =>
        ph === 'X' && name === 'ThreadControllerImpl::RunTask' && threads.has(`${pid} ${tid}`),
    )
    .map(({ tdur }) => (tdur ?? 0) / 1000);
  if (tasks.length === 0) throw new Error('the trace of this Chromium has no tasks of the page');
  const all = tasks.reduce((a, b) => a + b, 0);
  return { ...result, perSecond: all / seconds, longest: Math.max(...tasks) };
}

/** The next move comes before pictures that take longer than from one move to the next. */
const waitOf = ({ waits }: Seen) => (waits.length > 0 ? median(waits).toFixed(0) : `more than ${PAUSE}`);

/** Runs in the page. */
const watched = (page: Page, moves: string): Promise<Seen> =>
  page.evaluate(
    async ([moves, seconds, pause]) => {
      const seen: Seen = { gaps: [], waits: [] };
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
      return seen;
    },
    [moves, seconds, PAUSE] as const,
  );

if (noChromium) {
  console.log(`nothing is measured: ${noChromium}`);
  process.exit(0);
}
const load = busy();
await ensureUi();
const measured = await withPage(pagesFolder, {}, async (page) => {
  const rows: ({ name: string; fps: number; wait: string } & Seen & Spent)[] = [];
  for (const { name, at, moves } of explorables) {
    await page.goto(new URL(`index.html#/theory${at}`, page.url()).href);
    await page.reload();
    await page.waitForSelector('.timeline button');
    await page.waitForTimeout(1000);
    const seen = await traced(page, () => watched(page, moves));
    const all = seen.gaps.reduce((a, b) => a + b, 0);
    rows.push({
      ...{ name, ...seen, fps: (1000 * seen.gaps.length) / all },
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
      ['what moves', 'frames a second', 'page, ms of a second', 'its longest task, ms', 'to the picture, ms'],
      ...measured.map(({ name, fps, perSecond, longest, wait }) => [
        ...[name, fps.toFixed(1), perSecond.toFixed(0), longest.toFixed(1), wait],
      ]),
    ]),
  );
}

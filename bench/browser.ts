// Training in a page against training in Node: `node bench/browser.ts [--steps 200] [--optimizer adam]`.
// `nano` in headless Chromium on WebAssembly, at batch 1 and 8. Processor time is what
// the whole renderer process used over the second half of the run, when its code is compiled for good;
// seconds on the clock mean little on a busy machine.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWeb } from '../scripts/web.ts';
import { inNode, nanoRun, nanoTokens, noChromium, withPage } from '../scripts/web-page.ts';
import type { BrowserStep } from '../src/browser.ts';
import { busy, machine, versions } from './machine.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '200' },
    optimizer: { type: 'string', default: 'adam' },
  },
});
if (noChromium) throw new Error(noChromium);
const warning = busy();
const folder = mkdtempSync(join(tmpdir(), 'gaplab-bench-web-'));
await buildWeb(folder);
const tokens = nanoTokens(100_000, 'train');
const validation = nanoTokens(65, 'validation');

interface Process {
  type: string;
  id: number;
  cpuTime: number;
}
interface Row {
  seconds: number;
  cpu: number;
  peak: number;
}

/**
 * Seconds and processor seconds of the second half of a run on the page, and the renderer's
 * peak memory in bytes.
 */
const onPage = (run: ReturnType<typeof nanoRun>, threads: number) =>
  withPage(folder, { isolated: true }, async (page): Promise<Row> => {
    const devtools = await page.context().browser()!.newBrowserCDPSession();
    const renderer = async () => {
      const { processInfo } = (await devtools.send('SystemInfo.getProcessInfo')) as {
        processInfo: Process[];
      };
      return processInfo
        .filter(({ type }) => type === 'renderer')
        .reduce((a, b) => (b.cpuTime > a.cpuTime ? b : a));
    };
    const half: number[] = [];
    await page.exposeFunction('halfway', async () => void half.push((await renderer()).cpuTime));
    const seconds = await page.evaluate(
      async ([run, tokens, threads]) => {
        const { trainInWorker } = (await import(
          '/browser.js' as string
        )) as typeof import('../src/browser.ts');
        let start = 0;
        const onStep = ({ step }: BrowserStep) => {
          if (step !== run.steps / 2 - 1) return;
          (globalThis as unknown as { halfway(): void }).halfway();
          start = performance.now();
        };
        await trainInWorker(run, Uint16Array.from(tokens), { threads, onStep });
        return (performance.now() - start) / 1000;
      },
      [run, [...tokens], threads] as const,
    );
    const { cpuTime, id } = await renderer();
    const peak = Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))![1]) * 1024;
    return { seconds, cpu: cpuTime - half[0], peak };
  });

async function here(run: ReturnType<typeof nanoRun>): Promise<Omit<Row, 'peak'>> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await inNode(run, tokens, validation);
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 2000, cpu: (user + system) / 2e6 };
}

const steps = 2 * Math.ceil(Number(flags.steps) / 2);
const rows: string[][] = [];
for (const batchSize of [1, 8])
  for (const threads of availableParallelism() > 1 ? [1, 2] : [1]) {
    const run = { ...nanoRun(flags.optimizer, batchSize, batchSize), steps };
    const node = threads === 1 ? await here(run) : undefined;
    const there = await onPage(run, threads);
    const ms = (seconds: number) => ((1000 * seconds) / (steps / 2)).toFixed(1);
    const pace = (seconds: number) => ((batchSize * 64 * steps) / 2 / seconds).toFixed(0);
    const place = (name: string) => [`${batchSize}`, name, `${threads}`];
    if (node) rows.push([...place('Node'), ms(node.cpu), pace(node.cpu), pace(node.seconds), '']);
    rows.push([
      ...place('page'),
      ...[ms(there.cpu), pace(there.cpu), pace(there.seconds), `${(there.peak / 2 ** 20).toFixed(0)} MiB`],
    ]);
  }
rmSync(folder, { recursive: true, force: true });
console.log(`${machine()}; ${versions()}${warning ? `\n${warning}` : ''}\n`);
const heads = ['batch', 'where', 'threads', 'processor ms a step', 'tokens per processor second'];
console.log(table([[...heads, 'tokens/s', 'peak memory of the page'], ...rows]));

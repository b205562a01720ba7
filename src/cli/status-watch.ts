// `gaplab status DIR --watch`: studies, cells and running losses in a terminal,
// drawn anew in place until q or Ctrl-C.
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { visible } from '../core/shown.ts';
import { duration, fixed, short } from '../report/format.ts';
import { Dashboard } from '../server/dashboard.ts';
import { rootOf } from '../server/folders.ts';
import type { Metrics, RunningRun, StudyEntry, StudyView } from '../server/wire.ts';
import type { Context } from './common.ts';

/** Seconds between frames. */
const EVERY = 1;

/** One study as a frame shows it. */
export interface Watched {
  entry: StudyEntry;
  cells: StudyView['summary']['cells'];
  running: { run: RunningRun; losses: number[] }[];
}

/**
 * Draws until `ctx.signal` or q. Without a terminal: one plain line a study at every change,
 * until all are finished.
 */
export async function watchStudies(ctx: Context, dirs: readonly string[]): Promise<void> {
  const dashboard = new Dashboard(dirs.map(rootOf), 'watch');
  const isTerminal = process.stdout.isTTY === true && !ctx.json;
  const stopper = new AbortController();
  const signal = AbortSignal.any([ctx.signal, stopper.signal]);
  const terminal = isTerminal ? openTerminal(() => stopper.abort()) : undefined;
  let before = '';
  try {
    while (!signal.aborted) {
      const studies = await look(dashboard);
      if (terminal) terminal.draw(frame(studies, process.stdout.columns || 80));
      else {
        const text = studies.map(({ entry }) => plainLine(entry)).join('\n');
        if (text !== before) ctx.out(text);
        before = text;
        if (studies.every(({ entry }) => !['running', 'worked', 'held'].includes(entry.standing))) break;
      }
      await sleep(1000 * EVERY, undefined, { signal }).catch(() => {});
    }
    const { studies } = await dashboard.list();
    ctx.result(studies);
  } finally {
    terminal?.close();
    dashboard.close();
  }
}

async function look(dashboard: Dashboard): Promise<Watched[]> {
  const { studies } = await dashboard.list();
  return Promise.all(
    studies.map(async (entry) => {
      const view = dashboard.view(entry.id);
      if (!view || 'problem' in view) return { entry, cells: [], running: [] };
      const running = view.progress.running.map(async (run) => {
        const metrics = await dashboard.metrics(entry.id, run.run);
        return { run, losses: lossesOf(metrics) };
      });
      return { entry, cells: view.summary.cells, running: await Promise.all(running) };
    }),
  );
}

const lossesOf = (metrics: Metrics | undefined): number[] =>
  (metrics?.columns.loss ?? []).filter((loss) => loss !== null);

export const plainLine = (entry: StudyEntry): string => {
  const { name, standing, cells, cellsDone, runs, runsExpected, etaSeconds, problem } = entry;
  const ended = runs.done + runs.diverged;
  const eta = etaSeconds === null ? '' : `, about ${duration(etaSeconds)} left`;
  const trouble = [
    runs.diverged > 0 ? `, ${runs.diverged} diverged` : '',
    runs.failed > 0 ? `, ${runs.failed} failed` : '',
    problem ? `: ${problem}` : '',
  ].join('');
  return visible(
    `${name}: ${standing}, cells ${cellsDone}/${cells}, runs ${ended}/${runsExpected}${eta}${trouble}`,
  );
};

/** Lines of at most `columns` characters. */
export function frame(studies: readonly Watched[], columns: number): string[] {
  const lines = studies.flatMap(({ entry, cells, running }) => [
    plainLine(entry),
    ...cellLines(cells, columns),
    ...running.map((one) => runningLine(one, columns)),
    '',
  ]);
  if (studies.length === 0) lines.push('there is no study in the given folders yet', '');
  return [...lines, 'q or Ctrl-C ends; the studies go on'].map((line) => cut(line, columns));
}

/** A row an optimizer: its tuned loss at every batch size, with what is open. */
function cellLines(cells: Watched['cells'], columns: number): string[] {
  const groups = Map.groupBy(cells, ({ model, tokens }) => `${model} ${tokens}`);
  return [...groups].flatMap(([group, own]) => {
    const sizes = [...new Set(own.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
    const arms = [...new Set(own.map(({ optimizer }) => optimizer))];
    const width = Math.min(18, Math.max(5, ...arms.map((arm) => visible(arm).length)));
    const room = Math.max(1, Math.floor((columns - width - 4) / 8));
    const shown = sizes.slice(0, room);
    const more = sizes.length > room ? ` +${sizes.length - room}` : '';
    const text = (arm: string, size: number) => {
      const cell = own.find(({ optimizer, batchSize }) => optimizer === arm && batchSize === size);
      if (!cell?.best) return cell && cell.diverged > 0 && cell.missing === 0 ? 'div' : '·';
      return `${fixed(cell.best.valLossMean)}${cell.bracketed ? '' : '?'}`;
    };
    const row = (head: string, values: readonly string[]) =>
      `  ${visible(head).slice(0, width).padEnd(width)}${values.map((value) => value.padStart(8)).join('')}`;
    return [
      ...(groups.size > 1 ? [`  ${visible(group)} tokens`] : []),
      `${row('batch', shown.map(String))}${more}`,
      ...arms.map((arm) =>
        row(
          arm,
          shown.map((size) => text(arm, size)),
        ),
      ),
    ];
  });
}

function runningLine({ run, losses }: Watched['running'][number], columns: number): string {
  const { optimizer, batchSize, lr, step, steps, loss, etaSeconds } = run;
  const head = `  ${visible(optimizer)} B${batchSize} lr ${short(lr)}`.slice(0, 30).padEnd(24);
  const eta = etaSeconds === null ? '' : `  ${duration(etaSeconds)}`;
  const tail = ` ${String(Math.floor((100 * step) / steps)).padStart(3)}%  ${fixed(loss)}${eta}`;
  const room = Math.min(60, columns - head.length - tail.length - 1);
  return `${head} ${room >= 8 ? sparkline(losses, room).padEnd(room) : ''}${tail}`;
}

const BARS = '▁▂▃▄▅▆▇█';

/** Losses as at most `width` bars: means of equal shares, from the lowest to the highest of them. */
export function sparkline(losses: readonly number[], width: number): string {
  if (losses.length === 0) return '';
  const n = Math.min(width, losses.length);
  const means = Array.from({ length: n }, (_, i) => {
    const part = losses.slice(Math.floor((i * losses.length) / n), Math.floor(((i + 1) * losses.length) / n));
    return part.reduce((sum, loss) => sum + loss, 0) / part.length;
  });
  const [lo, hi] = [Math.min(...means), Math.max(...means)];
  return means.map((mean) => BARS[hi > lo ? Math.round((7 * (mean - lo)) / (hi - lo)) : 0]).join('');
}

const cut = (line: string, columns: number): string => {
  const characters = [...stripVTControlCharacters(line)];
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join('')}…`;
};

/** The other screen of a terminal, without a cursor; keys are heard. */
function openTerminal(quit: () => void) {
  const { stdin, stdout } = process;
  const csi = '\x1b[';
  stdout.write(`${csi}?1049h${csi}?25l`);
  const raw = stdin.isTTY === true;
  const onKey = (key: Buffer) => {
    // In raw mode Ctrl-C is a character.
    if (['q', 'Q', '\x03'].includes(key.toString())) quit();
  };
  if (raw) stdin.setRawMode(true).resume().on('data', onKey);
  return {
    draw(lines: readonly string[]) {
      const rows = stdout.rows || 24;
      const shown = lines.length > rows ? [...lines.slice(0, rows - 1), lines.at(-1)!] : lines;
      // Each line is cleared to its end: the screen never blinks.
      const text = shown.map((line) => `${line}${csi}K`).join('\r\n');
      stdout.write(`${csi}H${text}${csi}J`);
    },
    close() {
      if (raw) stdin.off('data', onKey).setRawMode(false).pause();
      stdout.write(`${csi}?25h${csi}?1049l`);
    },
  };
}

// `gaplab status DIR`: where a study stands, from its directory alone.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { budgetsOf } from '../analysis/budgets.ts';
import { effort } from '../analysis/effort.ts';
import { type Cell, isUnseparated } from '../analysis/frontier.ts';
import { cellKey } from '../analysis/rows.ts';
import { cellsOf, tuningSeedsOf } from '../report/cells.ts';
import { duration, fixed, number, short, stakeText } from '../report/format.ts';
import { loadStudyDir } from '../report/load.ts';
import { queueHint } from '../study/cluster/slurm.ts';
import { shortfalls, shortfallText } from '../study/shortfall.ts';
import { countRuns, holderText, standingOf } from '../study/standing.ts';
import { type RunState, readState, type StudyState } from '../study/state.ts';
import { aligned } from './aligned.ts';
import { action, type Context, command, examples } from './common.ts';

export function register(program: Command): void {
  const status = command(
    program,
    'status <dir>',
    'Where a study stands: its cells (one optimizer at one batch size), its runs, and the tuning effort so far.',
  );
  status.option(
    '--watch',
    'draw it anew every second, with the losses of the running runs; <dir> may hold studies',
  );
  examples(status, [
    ['gaplab status studies/quick', 'while it runs or afterwards, from any terminal'],
    ['gaplab status studies/quick --json', 'the same for programs'],
    ['gaplab status studies --watch', 'all studies of a folder, redrawn as they go on; q ends it'],
  ]);
  status.action(
    action(async (ctx: Context, dir: string, options: { watch?: boolean }) => {
      if (options.watch) {
        // Loaded only here: the dashboard's code would slow every look down.
        const { watchStudies } = await import('./status-watch.ts');
        return watchStudies(ctx, [dir]);
      }
      const state = readState(resolve(dir));
      const loaded = loadStudyDir(resolve(dir), state);
      const { rows, study, theory } = loaded;
      const tuned = new Map(cellsOf(loaded).map((cell) => [cellKey(cell), cell]));
      const spent = effort(rows, { tuning: tuningSeedsOf(study) });
      const counts = countRuns(state);
      ctx.out(`${study.name}: ${study.title}`);
      ctx.out(headline(state, counts));
      const queue = await queueHint({ dir: resolve(dir), name: study.name });
      if (queue) ctx.out(queue);
      const labs = (study.theory ?? []).map(({ lab, name }) => ({
        ...{ lab, name },
        done: theory.some(({ spec }) => spec.name === name),
      }));
      if (labs.length > 0)
        ctx.out(`theory: ${labs.map(({ name, done }) => `${name} ${done ? 'done' : 'not run'}`).join(', ')}`);
      ctx.out(`\n${cellTable(state, tuned)}`);
      for (const line of [...unbracketed(state), ...unseparated(state, tuned)]) ctx.out(line);
      const unmet = shortfalls(study);
      for (const one of unmet) ctx.out(shortfallText(study, one));
      ctx.out(
        `\n${aligned([
          [
            'optimizer',
            'settings tried',
            'tuning seeds',
            'diverged',
            'failed',
            'fresh seeds',
            'tokens',
            'training time',
          ],
          ...spent.map((e) => [
            e.optimizer,
            String(e.settings),
            String(e.contestRuns),
            String(e.diverged),
            String(e.failed),
            String(e.seedRuns),
            number(e.tokens),
            duration(e.seconds),
          ]),
        ])}`,
      );
      for (const { run, state: s } of state.runs) {
        const result = state.results.get(run.id);
        if (s === 'failed' && result?.status === 'failed') ctx.out(`failed: ${run.id}: ${result.error}`);
      }
      if (!ctx.json) return;
      const cells = state.plan.cells.map(({ runs, ...cell }) => {
        const { rivals = null, doubt = null, noise = null } = tuned.get(cellKey(cell)) ?? {};
        return { ...cell, rivals, doubt, noise, reached: runs.length };
      });
      const runs = state.runs.map(({ run, state: s }) => ({
        id: run.id,
        ...run.point,
        stage: run.stage,
        rule: run.rule,
        state: s,
      }));
      ctx.result({
        study: study.name,
        done: state.plan.done,
        holder: state.holder ?? null,
        queue: queue ?? null,
        counts,
        theory: labs,
        cells,
        shortfalls: unmet,
        runs,
        effort: spent,
      });
    }),
  );
}

function headline(state: StudyState, counts: Record<RunState, number>): string {
  const { plan, holder } = state;
  const process = holder && holderText(holder);
  const who = {
    running: `running (${process})`,
    held: `perhaps running: held by ${process}, which cannot be seen from here; the study command finds out`,
    worked: 'running (workers without a study command)',
    finished: 'finished',
    stopped: 'not running; the study command continues it',
  }[standingOf(state, counts)];
  const cells = plan.cells.filter((cell) => cell.state === 'done').length;
  const runs = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${n} ${name}`);
  return `${who}; cells ${cells}/${plan.cells.length}; runs: ${runs.join(', ') || 'none'}`;
}

function cellTable({ plan, study }: StudyState, tuned: ReadonlyMap<string, Cell>): string {
  const several = Object.keys(study.models).length * budgetsOf(study).length > 1;
  return aligned([
    [
      ...(several ? ['model', 'tokens'] : []),
      'optimizer',
      'batch',
      'state',
      'runs',
      'best lr',
      'loss',
      'bracketed',
      'rate separated',
    ],
    ...plan.cells.map((cell) => [
      ...(several ? [cell.model, number(cell.tokens)] : []),
      cell.optimizer,
      String(cell.batchSize),
      cell.state,
      `${cell.runs.length}${cell.state === 'done' ? '' : ` of about ${cell.expected}`}`,
      cell.best ? short(cell.best.lr) : '–',
      fixed(cell.best?.valLoss),
      isOpen(cell) ? 'no' : cell.bracketed ? 'yes' : '',
      separatedText(cell, tuned.get(cellKey(cell))),
    ]),
  ]);
}

type PlannedCell = StudyState['plan']['cells'][number];

const isOpen = (cell: PlannedCell) => cell.state !== 'waiting' && cell.state !== 'tuning' && !cell.bracketed;

const isClosed = (cell: PlannedCell) => cell.state === 'seeds' || cell.state === 'done';

function separatedText(planned: PlannedCell, cell: Cell | undefined): string {
  if (!isClosed(planned) || !cell?.best) return '';
  return cell.rivals === null ? 'unknown' : isUnseparated(cell) ? 'no' : 'yes';
}

/** Cells whose best rate another may beat, with those rates. */
function unseparated({ plan }: StudyState, tuned: ReadonlyMap<string, Cell>): string[] {
  return plan.cells.flatMap((planned) => {
    const cell = tuned.get(cellKey(planned));
    if (!isClosed(planned) || !cell || !isUnseparated(cell)) return [];
    const rates = [...new Set(cell.rivals!.map(({ lr }) => short(lr)))].join(', ');
    return [
      `not separated: ${cell.optimizer} at ${cell.batchSize}: ${short(cell.best!.lr)} is best, and by the noise between seeds so may be ${rates} (loss lower by ${stakeText(cell.doubt!)})`,
    ];
  });
}

/** Why cells are not bracketed, each reason once. */
function unbracketed({ plan }: StudyState): string[] {
  const doubtful = plan.cells.filter((cell) => isOpen(cell) || (isClosed(cell) && cell.reason !== undefined));
  const byReason = Map.groupBy(doubtful, (cell) => cell.reason);
  return [...byReason].map(([reason, cells]) => {
    const names = cells.map(({ optimizer, batchSize }) => `${optimizer} at ${batchSize}`);
    return `${cells.some(isOpen) ? 'not bracketed' : 'bracketed, but'}: ${[...new Set(names)].join(', ')}: ${reason}`;
  });
}

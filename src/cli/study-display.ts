// What is shown while a study runs: a bar for all of it, a bar for each run in progress,
// a line for each that has ended.
import { short } from '../report/format.ts';
import type { RunResult } from '../store/schemas.ts';
import type { StudyProgress } from '../study/progress.ts';
import type { RunRequest } from '../study/tuner.ts';
import type { Context } from './common.ts';
import type { Bar } from './progress.ts';

/** How a run ended, in one line. */
export function runLine(run: RunRequest, result: RunResult): string {
  const loss = result.status === 'done' ? result.valLoss!.toFixed(3) : result.status;
  return `${describe(run)}: ${loss}${result.status === 'failed' ? ` (${result.error})` : ''}`;
}

/** Whether its seed is another than that of its cell's search. */
const isAgain = ({ rule }: RunRequest) => rule === 'contest' || rule === 'fresh';

function describe(run: RunRequest): string {
  const { optimizer, batchSize, lr, seed } = run.point;
  return `${optimizer} at batch ${batchSize}, lr ${short(lr)}${isAgain(run) ? `, seed ${seed}` : ''}`;
}

/** The same for the name of a bar: the line that tells how the run ended says it in words. */
function nameOf(run: RunRequest): string {
  const { optimizer, batchSize, lr, seed } = run.point;
  return `${optimizer} B${batchSize} lr ${short(lr)}${isAgain(run) ? ` s${seed}` : ''}`;
}

/** Bars: one for the study, one below it for every run in progress. */
export function createDisplay(ctx: Context) {
  let whole: Bar | undefined;
  let data: { phase: string; bar: Bar } | undefined;
  let laboratory: { name: string; bar: Bar } | undefined;
  const runs = new Map<string, Bar>();
  const phases: Record<string, string> = {
    read: 'reading the corpus',
    tokenizer: 'learning the tokenizer',
    encode: 'encoding',
  };
  return {
    data({ phase, done, total }: { phase: string; done: number; total: number }) {
      if (data?.phase !== phase) {
        data?.bar.done();
        data = {
          phase,
          bar: ctx.progress.bar(phases[phase] ?? phase, total, { unit: 'bytes', detail: true }),
        };
      }
      data.bar.update(done, { total });
    },
    lab({ lab, share }: { lab: { name: string }; share: number }) {
      if (laboratory?.name !== lab.name) {
        laboratory?.bar.done();
        laboratory = { name: lab.name, bar: ctx.progress.bar(`theory ${lab.name}`, 100, { unit: '%' }) };
      }
      laboratory.bar.update(Math.round(100 * share));
      if (share === 1) laboratory.bar.done();
    },
    progress(state: StudyProgress) {
      data?.bar.done();
      data = undefined;
      whole ??= ctx.progress.bar('runs', state.runsExpected, { start: state.runsDone });
      for (const [id, bar] of runs)
        if (!state.running.some(({ run }) => run.id === id)) {
          bar.done();
          runs.delete(id);
        }
      for (const { run, step, steps, loss } of state.running) {
        if (!runs.has(run.id)) runs.set(run.id, ctx.progress.bar(nameOf(run), steps, { detail: true }));
        runs.get(run.id)!.update(step, { note: Number.isFinite(loss) ? `loss ${loss.toFixed(3)}` : '' });
      }
      const losses = state.running
        .filter(({ loss }) => Number.isFinite(loss))
        .map(({ run, loss }) => `${run.point.optimizer} B${run.point.batchSize} ${loss.toFixed(2)}`);
      const speed = `${(state.tokensPerSecond / 1000).toFixed(1)}k tokens/s`;
      whole.update(state.runsDone, {
        total: state.runsExpected,
        eta: state.etaSeconds ?? undefined,
        note: [`cells ${state.cellsDone}/${state.cells}`, speed, ...losses].join('  '),
      });
    },
    end() {
      for (const bar of runs.values()) bar.done();
      whole?.done('');
      data?.bar.done();
    },
  };
}

// How far a study is and what is running: what a view shows of the moment.
import { join } from 'node:path';
import { lastMetrics } from '../store/lines.ts';
import { progressOf, type Running } from '../study/progress.ts';
import { countRuns, holderText, standingOf } from '../study/standing.ts';
import type { StudyState } from '../study/state.ts';
import type { Progress, RunningRun } from './wire.ts';

/** `ours`: whether this server can pause the process that works on it. */
export function progressOfState(state: StudyState, runsDir: string, ours: boolean): Progress {
  const counts = countRuns(state);
  const live = new Map(
    state.runs.filter(({ state: s }) => s === 'running' || s === 'held').map(({ run }) => [run.id, run]),
  );
  const running = [...live.values()].map((run): { known: boolean; at: Running; seconds: number } => {
    const last = lastMetrics(join(runsDir, run.id));
    const { step = 0, loss = Number.NaN, tokens = 0, seconds = 0 } = last ?? {};
    const { steps } = run.config;
    const tokensPerSecond = seconds > 0 ? tokens / seconds : 0;
    return { known: last !== undefined, at: { run, step, steps, loss, tokensPerSecond }, seconds };
  });
  const whole = progressOf(
    state.plan,
    state.results,
    running.map(({ at }) => at),
    Math.max(1, running.length),
  );
  const standing = standingOf(state, counts);
  return {
    standing,
    problem: null,
    cells: whole.cells,
    cellsDone: whole.cellsDone,
    runs: counts,
    runsExpected: whole.runsExpected,
    etaSeconds: standing === 'finished' ? null : whole.etaSeconds,
    holder: state.holder ? holderText(state.holder) : null,
    ours,
    running: running.map(({ at, seconds }): RunningRun => {
      const { optimizer, batchSize, model, tokens, lr, hyper, seed } = at.run.point;
      const left = at.step > 0 ? ((at.steps - at.step) * seconds) / at.step : null;
      return {
        ...{ optimizer, batchSize, model, tokens, run: at.run.id, lr, hyper, seed },
        ...{ step: at.step, steps: at.steps },
        loss: Number.isFinite(at.loss) ? at.loss : null,
        tokensPerSecond: at.tokensPerSecond,
        etaSeconds: left,
      };
    }),
    tokensPerSecond: whole.tokensPerSecond,
  };
}

/** Of a study that cannot be read, and never could. */
export const noProgress = ({ standing, text }: { standing: 'gone' | 'damaged'; text: string }): Progress => ({
  standing,
  problem: text,
  cells: 0,
  cellsDone: 0,
  runs: { done: 0, diverged: 0, failed: 0, running: 0, held: 0, interrupted: 0, waiting: 0 },
  runsExpected: 0,
  etaSeconds: null,
  holder: null,
  ours: false,
  running: [],
  tokensPerSecond: 0,
});

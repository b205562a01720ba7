// Where a running study stands, and how long it will still take.
import type { RunResult } from '../store/schemas.ts';
import { trainedTokens } from '../train/budget.ts';
import type { RunProgress } from './trainer.ts';
import type { Plan, RunRequest } from './tuner.ts';

/** A run in progress. */
export type Running = RunProgress & { run: RunRequest };

export interface StudyProgress {
  cells: number;
  cellsDone: number;
  runsDone: number;
  runsFailed: number;
  /** Runs the study will have when done: an estimate until the last bracket is closed. */
  runsExpected: number;
  running: Running[];
  /** Sum over the running runs. */
  tokensPerSecond: number;
  /** Null before anything is known. */
  etaSeconds: number | null;
}

/** Progress from the plan, the results, and what is running on `jobs` workers. */
export function progressOf(
  state: Plan,
  results: ReadonlyMap<string, RunResult>,
  running: readonly Running[],
  jobs: number,
): StudyProgress {
  const judged = [...results.values()];
  return {
    cells: state.cells.length,
    cellsDone: state.cells.filter((cell) => cell.state === 'done').length,
    runsDone: judged.length,
    runsFailed: judged.filter((r) => r.status === 'failed').length,
    runsExpected: state.cells.reduce((n, cell) => n + cell.expected, 0),
    running: [...running],
    tokensPerSecond: running.reduce((sum, r) => sum + r.tokensPerSecond, 0),
    etaSeconds: eta(state, results, running, jobs),
  };
}

/**
 * Remaining runs times the mean time of a run of that kind (model, budget, batch size),
 * shared by the workers.
 */
function eta(
  state: Plan,
  results: ReadonlyMap<string, RunResult>,
  running: readonly Running[],
  jobs: number,
): number | null {
  const kind = (p: { model: string; tokens: number; batchSize: number }) =>
    `${p.model} ${p.tokens} ${p.batchSize}`;
  const times = new Map<string, number[]>();
  const note = (key: string, seconds: number) => {
    const list = times.get(key);
    if (list) list.push(seconds);
    else times.set(key, [seconds]);
  };
  for (const cell of state.cells)
    for (const { id } of cell.runs) {
      const result = results.get(id);
      if (result?.status === 'done') note(kind(cell), result.seconds);
    }
  for (const { run, tokensPerSecond, step, steps } of running)
    if (tokensPerSecond > 0 && step > steps / 20)
      note(kind(run.point), trainedTokens(run.config) / tokensPerSecond);
  const all = [...times.values()].flat();
  if (all.length === 0) return null;
  const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const means = new Map([...times].map(([key, list]) => [key, mean(list)]));
  const meanOfAll = mean(all);
  const perRun = (key: string) => means.get(key) ?? meanOfAll;
  let seconds = 0;
  for (const cell of state.cells) {
    const finished = cell.runs.filter(({ id }) => results.has(id)).length;
    seconds += (cell.expected - finished) * perRun(kind(cell));
  }
  for (const { run, step, steps } of running) seconds -= (step / steps) * perRun(kind(run.point));
  return Math.max(0, seconds) / jobs;
}

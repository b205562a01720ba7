// Where a study stands, read from its directory alone.
import { join } from 'node:path';
import { leaseState } from '../store/attempt.ts';
import { studyHolder } from '../store/lock.ts';
import type { Holder } from '../store/process.ts';
import { readBefore } from '../store/read-before.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { readStudy, runsDirOf } from '../store/study-dir.ts';
import { Outcomes } from './outcomes.ts';
import type { Plan, RunRequest } from './tuner.ts';

export type RunState = 'done' | 'diverged' | 'failed' | 'running' | 'held' | 'interrupted' | 'waiting';

export interface StudyState {
  study: FrozenStudy;
  plan: Plan;
  /** Results of the runs that the study has reached, by run id. */
  results: Map<string, RunResult>;
  /**
   * Every reached run. `interrupted` ones have an attempt that ended without a result;
   * `held` ones an attempt of a process that cannot be seen from here: only watching tells whether it lives.
   */
  runs: { run: RunRequest; state: RunState }[];
  /** The process that works on it: `seen` alive, or perhaps gone. */
  holder: (Holder & { seen: boolean }) | undefined;
}

/** Reads a study; writes nothing there. Throws UserError when there is no study in `dir`. */
export function readState(dir: string): StudyState {
  const study = readStudy(dir);
  const before = readBefore(dir);
  const state = stateOf(dir, study, new Outcomes(study, runsDirOf(dir), before.read));
  before.keep();
  return state;
}

/** The same for a study whose results are known in part: only new ones are read. */
export function stateOf(dir: string, study: FrozenStudy, outcomes: Outcomes): StudyState {
  const runsDir = runsDirOf(dir);
  const { results } = outcomes;
  const state = outcomes.look();
  // Two arms may come to the same run: it is a row of both.
  const reached = new Map(
    state.cells.flatMap((cell) => cell.runs).map((run) => [`${run.id} ${run.point.optimizer}`, run]),
  );
  const runs = [...reached.values()].map((run) => ({
    run,
    state: runStateOf(runsDir, run.id, results),
  }));
  return { study, plan: state, results, runs, holder: studyHolder(dir) };
}

/** Where one run stands. */
export const runStateOf = (runsDir: string, id: string, results: ReadonlyMap<string, RunResult>): RunState =>
  results.get(id)?.status ?? unfinished[leaseState(join(runsDir, id))];

const unfinished = {
  live: 'running',
  held: 'held',
  ended: 'interrupted',
  none: 'waiting',
} as const;

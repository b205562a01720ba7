// What a plan of a study is: its cells, the runs that they have reached, and those that are wanted.

import type { CellKey } from '../analysis/frontier.ts';
import type { RunResult } from '../store/schemas.ts';
import type { AnyRunConfig } from '../train/run-id.ts';
import type { Point } from './points.ts';

/**
 * Which rule asked for a run: a grid, the bracket, points beyond it, halves of the distance,
 * further tuning seeds of the last candidates; or it is a fresh seed of the winner.
 */
export type TuningRule = 'grid' | 'bracket' | 'probe' | 'halve' | 'contest' | 'fresh';

/** A run that the study has reached, wanted or finished. */
export interface RunRequest {
  id: string;
  config: AnyRunConfig;
  point: Point;
  /** `tune`: to choose the setting. `final`: a fresh seed of the chosen one, to measure it. */
  stage: 'tune' | 'final';
  rule: TuningRule;
}

/** Of a result the tuner reads only this. Losses in nats per token. */
export type TunerResult = Pick<RunResult, 'status'> & { valLoss?: unknown };

/** Results by run id; a planner asks for each run of the study that it comes to. */
export type Results = Pick<ReadonlyMap<string, TunerResult>, 'get' | 'has'>;

export interface CellState extends CellKey {
  /** Waiting for a neighbour's optimum, tuning, running the winner's other seeds, or done. */
  state: 'waiting' | 'tuning' | 'seeds' | 'done';
  best: { id: string; lr: number; hyper: Record<string, number>; valLoss: number } | null;
  bracketed: boolean;
  /** Why a closed cell is not bracketed. */
  reason?: string;
  /** Runs reached so far: tuning points in the order of the search, then seeds. */
  runs: RunRequest[];
  /** Runs this cell will have when done: exact when done, else a guess. */
  expected: number;
}

export interface Plan {
  /** Runs that are decided and have no result, most urgent first. */
  wanted: RunRequest[];
  cells: CellState[];
  done: boolean;
}

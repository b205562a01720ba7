// What goes over the wire about runs: their table, one of them, and its metrics. Units are those of wire.ts.
import type { CellKey } from '../analysis/frontier.ts';
import type { RunResult } from '../store/schemas.ts';
import type { TuningRule } from '../study/plan.ts';
import type { RunState } from '../study/state.ts';
import type { ProbeLine } from '../train/probes/measure.ts';
import type { AnyRunConfig } from '../train/run-id.ts';

// ---- The table
// of runs -----------------------------------------------------------------------------------------------

/** `data/STUDY/runs.json`; with `?after=CURSOR` only the rows that are new or changed since. */
export interface RunTable {
  /** For the next question. */
  cursor: string;
  /**
   * Whether this is the whole table. Else rows replace those with the same `run`
   * and `optimizer`, or are added.
   */
  whole: boolean;
  /** Keys (`run optimizer`) of rows that are no part of the study any more. */
  gone: string[];
  columns: RunColumns;
}

/** Columns of equal length, one entry a row. A run that two optimizers come to is a row of both. */
export interface RunColumns {
  run: string[];
  optimizer: string[];
  batchSize: number[];
  model: string[];
  /** The budget. */
  tokens: number[];
  lr: number[];
  seed: number[];
  /** Other hyperparameters, a column each; null where an optimizer has no such one. */
  hyper: Record<string, (number | null)[]>;
  /** `tune`: to choose the setting. `final`: a fresh seed of the chosen one. */
  stage: ('tune' | 'final')[];
  rule: TuningRule[];
  state: RunState[];
  valLoss: (number | null)[];
  valBitsPerByte: (number | null)[];
  trainLoss: (number | null)[];
  seconds: (number | null)[];
  tokensPerSecond: (number | null)[];
  /** Tokens trained on and steps taken. */
  tokensTrained: (number | null)[];
  step: (number | null)[];
  steps: number[];
  finishedAt: (string | null)[];
  /** Why it diverged or failed. */
  reason: (string | null)[];
}

// ---- One run
// ---------------------------------------------------------------------------------------------------------

/** `data/STUDY/runs/RUN.json`. Its curves are `Metrics`. */
export interface RunView {
  run: string;
  /** Every place of the study that has this run: more than one where two optimizers come to it. */
  points: (CellKey & { lr: number; hyper: Record<string, number>; seed: number })[];
  stage: 'tune' | 'final';
  rule: TuningRule;
  state: RunState;
  config: AnyRunConfig;
  result: RunResult | null;
  /** The best run of its cell, and where that differs; null before the cell has one. */
  winner: WinnerDifference | null;
  /** What is wrong with its files; its curve and probes are then empty. */
  damage: string | null;
  /** Numbers of its attempts, oldest first. */
  attempts: number[];
  probes: ProbeLine[];
  log: LogTail;
}

export interface WinnerDifference {
  run: string;
  /** Whether this run is the winner. */
  itself: boolean;
  /** Validation loss of this run minus that of the winner. */
  loss: number | null;
  /** Fields of the configuration that differ, by path, e.g. `optimizer.hyper.beta2`. */
  fields: { field: string; here: unknown; winner: unknown }[];
}

/** The end of the newest attempt's log. */
export interface LogTail {
  lines: string[];
  /** Whether lines before these were left out. */
  cut: boolean;
}

/** `data/STUDY/metrics/RUN.json`; with `?from=CURSOR` only what was added since. Columns of equal length. */
export interface Metrics {
  run: string;
  /** For the next question. */
  cursor: string;
  /** Whether this begins at the first line. Else it is to be added to what the page has. */
  whole: boolean;
  /** Whether no more lines will come. */
  ended: boolean;
  /** Steps from one row to the next are not all there: rows were left out to keep the answer short. */
  thinned: boolean;
  damage: string | null;
  step: number[];
  /** Null in a column where a line does not have the number. */
  columns: MetricColumns;
  /** Share of coordinates that clipping cut, by kind of layer and by tensor, a column each. */
  clippedKinds: Record<string, (number | null)[]>;
  clippedLayers: Record<string, (number | null)[]>;
}

/**
 * Numbers of a line by name. `src/train/metrics.ts` says what each is; a script
 * of the user's may have others.
 */
export type MetricColumns = Record<MetricName, (number | null)[]> & Record<string, (number | null)[]>;
export type MetricName = 'tokens' | 'loss' | 'lr' | 'seconds';

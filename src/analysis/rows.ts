// The plain rows that every analysis and figure starts from: one row per run of a study,
// whatever became of it.

import { sortedKeys } from '../core/sorted-keys.ts';
import type { Schedule } from '../optim/schedules.ts';

/**
 * `done`: finished with a finite validation loss. `diverged`: a result too, it counts
 * as an infinite loss when tuning. `failed`: the program broke, nothing is known about the setting.
 * `missing`: planned and not run yet.
 */
export type RunStatus = 'done' | 'diverged' | 'failed' | 'missing';

/** One point of a training curve. Losses in nats per token. */
export interface CurvePoint {
  step: number;
  tokens: number;
  loss: number;
  valLoss?: number;
  /** Training time so far. */
  seconds?: number;
  /** Share of coordinates that clipping by coordinates cut, by kind of layer, where it was measured. */
  clippedKinds?: Record<string, number>;
}

/** One run. Losses are in nats per token, batchSize in sequences, tokens is the planned budget of the run. */
export interface RunRow {
  runId: string;
  /** Label of the arm in the study file, e.g. `adam`. */
  optimizer: string;
  batchSize: number;
  model: string;
  tokens: number;
  lr: number;
  hyper: Record<string, number>;
  seed: number;
  status: RunStatus;
  valLoss: number | null;
  valBitsPerByte: number | null;
  trainLoss: number | null;
  seconds: number;
  tokensPerSecond: number;
  /**
   * Tokens trained on and steps taken, of runs with a result: whole batches need not fill a budget,
   * a diverged run stops early.
   */
  tokensTrained?: number;
  stepsTaken?: number;
  /** Tokens that its validation loss is measured on. */
  valTokens?: number;
  /** How the learning rate went; absent: it stayed at `lr`. */
  schedule?: Schedule;
  /** Why the run diverged or failed. */
  reason?: string;
  lossCurve?: CurvePoint[];
  /** What is wrong with the files that its curve and its probes are read from; both are empty then. */
  damage?: string;
  /**
   * Validation loss by token frequency at the end of the run, most frequent first; absent without that probe.
   */
  groupLosses?: (number | null)[];
  /** What probes measured while the run trained, in order; absent or empty without any. */
  probes?: readonly ProbedPoint[];
}

/** What one probe measured at one point of a run. */
export interface ProbedPoint {
  probe: string;
  /** Steps taken, and tokens trained on. */
  step: number;
  tokens: number;
  /** Rows by table. */
  tables: Record<string, readonly Record<string, string | number | boolean | null>[]>;
}

/** A row whose setting has been judged: a loss, or divergence. Failed and missing runs say nothing. */
export function isEvaluated(row: RunRow): boolean {
  return isDone(row) || row.status === 'diverged';
}

/**
 * A row with a loss. (`done` without a finite loss would be a bug upstream; it never becomes a best value.)
 */
export function isDone(row: RunRow): row is RunRow & { valLoss: number } {
  return row.status === 'done' && row.valLoss !== null && Number.isFinite(row.valLoss);
}

/** Steps that a run took; for a run without a result, the whole batches in its budget. */
export const stepsOf = (row: RunRow, seqLen: number): number =>
  row.stepsTaken ?? Math.floor(row.tokens / (row.batchSize * seqLen));

/** The same text for the same hyperparameters, in whatever order they were written. */
export function hyperKey(hyper: Record<string, number>): string {
  let text = '';
  for (const name of sortedKeys(hyper)) text += `${text && ' '}${name}=${hyper[name]}`;
  return text;
}

/** `hyperKey` of many rows: those of a search share their hyperparameters. */
export function hyperKeys(): (row: { hyper: Record<string, number> }) => string {
  const texts = new Map<object, string>();
  return ({ hyper }) => {
    let text = texts.get(hyper);
    if (text === undefined) texts.set(hyper, (text = hyperKey(hyper)));
    return text;
  };
}

/** What a cell of the frontier is made of: one optimizer at one batch size, model and token budget. */
export function cellKey(row: {
  optimizer: string;
  batchSize: number;
  model: string;
  tokens: number;
}): string {
  return JSON.stringify([row.model, row.tokens, row.batchSize, row.optimizer]);
}

/** Groups in order of first appearance. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item);
    else groups.set(k, [item]);
  }
  return groups;
}

/**
 * The seed that the learning rates were chosen on: the one with the most runs (the lowest of equals), because
 * only winners are run again with other seeds. Undefined when there are no rows.
 */
export function inferTuningSeed(rows: readonly RunRow[]): number | undefined {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(row.seed, (counts.get(row.seed) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

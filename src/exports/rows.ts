// The rows of an export: one for each run, one for each measurement. docs/export.md says what the columns mean.
import { hyperKey, type RunRow } from '../analysis/rows.ts';
import { cellsOf } from '../report/summary.ts';
import type { LoadedStudy } from '../report/types.ts';

export type Cell = string | number | boolean | null;
export type ExportRow = Record<string, Cell>;

export interface Table {
  columns: string[];
  rows: ExportRow[];
}

/** Hyperparameters beside the learning rate, each in a column of its own. */
const hyperColumns = (rows: readonly RunRow[]): string[] =>
  [...new Set(rows.flatMap(({ hyper }) => Object.keys(hyper)))].sort();

export function runTable(loaded: LoadedStudy): Table {
  const { study, rows } = loaded;
  const names = hyperColumns(rows);
  const winners = cellsOf(loaded);
  const bestOf = (row: RunRow) =>
    winners.find(
      ({ best, ...cell }) =>
        best !== null &&
        cell.optimizer === row.optimizer &&
        cell.model === row.model &&
        cell.batchSize === row.batchSize &&
        cell.tokens === row.tokens &&
        best.lr === row.lr &&
        hyperKey(best.hyper) === hyperKey(row.hyper),
    )?.best;
  const columns = [
    ...[
      'study',
      'run_id',
      'optimizer',
      'model',
      'batch_size',
      'tokens',
      'lr',
      'seed',
      'status',
      'reason',
      'winner',
      'counts',
    ],
    ...[
      'val_loss',
      'val_bits_per_byte',
      'train_loss',
      'steps',
      'tokens_trained',
      'seconds',
      'tokens_per_second',
    ],
    ...names.map((name) => `hyper_${name}`),
  ];
  return {
    columns,
    rows: rows.map((row) => ({
      study: study.name,
      run_id: row.runId,
      optimizer: row.optimizer,
      model: row.model,
      batch_size: row.batchSize,
      tokens: row.tokens,
      lr: row.lr,
      seed: row.seed,
      status: row.status,
      reason: row.reason ?? null,
      winner: !!bestOf(row),
      counts: row.status === 'done' && (bestOf(row)?.seeds.includes(row.seed) ?? false),
      val_loss: row.valLoss,
      val_bits_per_byte: row.valBitsPerByte,
      train_loss: row.trainLoss,
      steps: row.stepsTaken ?? null,
      tokens_trained: row.tokensTrained ?? null,
      seconds: row.seconds,
      tokens_per_second: row.tokensPerSecond,
      ...Object.fromEntries(names.map((name) => [`hyper_${name}`, row.hyper[name] ?? null])),
    })),
  };
}

export function measurementTable({ rows }: Pick<LoadedStudy, 'rows'>): Table {
  const columns = [
    'run_id',
    'optimizer',
    'batch_size',
    'lr',
    'seed',
    'step',
    'tokens',
    'loss',
    'val_loss',
    'seconds',
  ];
  return {
    columns,
    rows: rows.flatMap((row) =>
      (row.lossCurve ?? []).map((point) => ({
        run_id: row.runId,
        optimizer: row.optimizer,
        batch_size: row.batchSize,
        lr: row.lr,
        seed: row.seed,
        step: point.step,
        tokens: point.tokens,
        loss: point.loss,
        val_loss: point.valLoss ?? null,
        seconds: point.seconds ?? null,
      })),
    ),
  };
}

/** A name for a run that people can read: `sgd-b8-lr0.1-s1`, with its hyperparameters. */
export function runName({ optimizer, batchSize, lr, seed, hyper, model, tokens, runId }: RunRow): string {
  const others = Object.entries(hyper).map(([name, value]) => `-${name}${value}`);
  // Models and budgets are in the id, which makes the name unique.
  return `${optimizer}-b${batchSize}-lr${lr}${others.join('')}-s${seed}-${model}-${tokens}-${runId.slice(0, 6)}`.replace(
    /[^\w.+-]+/g,
    '_',
  );
}

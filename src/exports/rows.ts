// The rows of an export: one for each run, one for each measurement. docs/export.md
// says what the columns mean.
import { type CurvePoint, cellKey, hyperKey, type RunRow } from '../analysis/rows.ts';
import { cellsOf } from '../report/cells.ts';
import type { LoadedStudy } from '../report/types.ts';

export type ExportValue = string | number | boolean | null;
export type ExportRow = Record<string, ExportValue>;

export interface Table {
  columns: string[];
  rows: ExportRow[];
}

/** Columns in their order, each with what stands in it. */
type Columns<T> = Record<string, (item: T) => ExportValue>;

const table = <T>(columns: Columns<T>, items: readonly T[]): Table => ({
  columns: Object.keys(columns),
  rows: items.map((item) =>
    Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, of(item)])),
  ),
});

/** Hyperparameters beside the learning rate, each in a column of its own. */
export const hyperNames = (rows: readonly RunRow[]): string[] =>
  [...new Set(rows.flatMap(({ hyper }) => Object.keys(hyper)))].sort();

/** What a run was started with, for formats that hold it beside the run. */
export const settingsOf = (row: RunRow): Record<string, string | number> => {
  const { optimizer, batchSize, lr, seed, tokens, model, hyper } = row;
  return { ...hyper, optimizer, batch_size: batchSize, lr, seed, tokens, model };
};

export function runTable(loaded: LoadedStudy): Table {
  const { study, rows } = loaded;
  const winners = new Map(cellsOf(loaded).map((cell) => [cellKey(cell), cell.best]));
  /** The winner of its cell, where the run has the same setting. */
  const bestOf = (row: RunRow) => {
    const best = winners.get(cellKey(row));
    return best && best.lr === row.lr && hyperKey(best.hyper) === hyperKey(row.hyper) ? best : undefined;
  };
  const columns: Columns<RunRow> = {
    study: () => study.name,
    run_id: (row) => row.runId,
    optimizer: (row) => row.optimizer,
    model: (row) => row.model,
    batch_size: (row) => row.batchSize,
    tokens: (row) => row.tokens,
    lr: (row) => row.lr,
    seed: (row) => row.seed,
    status: (row) => row.status,
    reason: (row) => row.reason ?? null,
    winner: (row) => bestOf(row) !== undefined,
    counts: (row) => row.status === 'done' && (bestOf(row)?.seeds.includes(row.seed) ?? false),
    val_loss: (row) => row.valLoss,
    val_bits_per_byte: (row) => row.valBitsPerByte,
    train_loss: (row) => row.trainLoss,
    steps: (row) => row.stepsTaken ?? null,
    tokens_trained: (row) => row.tokensTrained ?? null,
    seconds: (row) => row.seconds,
    tokens_per_second: (row) => row.tokensPerSecond,
  };
  for (const name of hyperNames(rows)) columns[`hyper_${name}`] = ({ hyper }) => hyper[name] ?? null;
  return table(columns, rows);
}

const measurementColumns: Columns<{ row: RunRow; point: CurvePoint }> = {
  run_id: ({ row }) => row.runId,
  optimizer: ({ row }) => row.optimizer,
  batch_size: ({ row }) => row.batchSize,
  lr: ({ row }) => row.lr,
  seed: ({ row }) => row.seed,
  step: ({ point }) => point.step,
  tokens: ({ point }) => point.tokens,
  loss: ({ point }) => point.loss,
  val_loss: ({ point }) => point.valLoss ?? null,
  seconds: ({ point }) => point.seconds ?? null,
};

export const measurementTable = ({ rows }: Pick<LoadedStudy, 'rows'>): Table =>
  table(
    measurementColumns,
    rows.flatMap((row) => (row.lossCurve ?? []).map((point) => ({ row, point }))),
  );

/**
 * Names of runs that people can read: `sgd-b8-lr0.1-s1-3f9a1c`, with whatever else differs between the runs
 * of the study. The end of it is from the id, which makes it unique.
 */
export function runNames(rows: readonly RunRow[]): (row: RunRow) => string {
  const differs = (of: (row: RunRow) => unknown, among: readonly RunRow[]) => new Set(among.map(of)).size > 1;
  const tuned = new Map(
    [...Map.groupBy(rows, ({ optimizer }) => optimizer)].map(([arm, own]) => [
      arm,
      hyperNames(own).filter((name) => differs(({ hyper }) => hyper[name], own)),
    ]),
  );
  const hasModels = differs(({ model }) => model, rows);
  const hasBudgets = differs(({ tokens }) => tokens, rows);
  return ({ optimizer, batchSize, lr, seed, hyper, model, tokens, runId }) =>
    [
      ...[optimizer, `b${batchSize}`, `lr${lr}`],
      ...tuned.get(optimizer)!.flatMap((name) => (name in hyper ? `${name}${hyper[name]}` : [])),
      `s${seed}`,
      ...(hasModels ? [model] : []),
      ...(hasBudgets ? [tokens] : []),
      runId.slice(0, 6),
    ]
      .join('-')
      .replace(/[^\w.+-]+/g, '_');
}

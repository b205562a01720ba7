// Tables of runs, CSV or Parquet: one row a run, one row a measurement, or W&B's
// export of a chart with a column for each run.
import { damaged } from '../files.ts';
import type { FoundFile } from '../reader.ts';
import { type ForeignRun, measure, newRun, numberOf, numberOrText, put, type Value } from '../run.ts';

export type Row = Record<string, unknown>;

const stepNames = ['_step', 'step', 'global_step', 'trainer/global_step', 'iter', 'iteration'];
const runNames = [
  'run_id',
  'run id',
  'run',
  'run_name',
  'id',
  'name',
  'exp_name',
  'experiment',
  'trial',
  'commit',
];
const stateNames = ['state', 'status'];

const endings: [RegExp, ForeignRun['ending']][] = [
  [/^(finished|completed?|done|success(ful)?|keep|discard)$/i, 'finished'],
  [/^(failed?|failure|crash(ed)?|error|killed)$/i, 'failed'],
  [/^(pruned|stopped|preempted|preempting)$/i, 'stopped'],
  [/^(running|pending|waiting|scheduled|queued)$/i, 'unfinished'],
];

const find = (columns: readonly string[], names: readonly string[]): string | undefined =>
  names.flatMap((name) => columns.filter((column) => column.trim().toLowerCase() === name))[0];

/** The runs of a table. Throws UserError for a table without rows. */
export function runsOfTable(file: FoundFile, columns: readonly string[], rows: readonly Row[]): ForeignRun[] {
  if (rows.length === 0) throw damaged(file, 'the table has no rows');
  const step = find(columns, stepNames);
  if (step !== undefined && columns.some((column) => chartColumn.test(column)))
    return chart(file, columns, rows, step);
  const run = find(columns, runNames);
  const groups = step === undefined ? undefined : history(rows, step, run);
  return groups
    ? groups.map(([name, own]) => historyRun(file, columns, own, step!, name))
    : rows.map((row, i) => tableRun(file, columns, row, i, run));
}

/** `sgd-b8 - val/loss`, with `__MIN` and `__MAX` beside it: one chart that W&B exported. */
const chartColumn = / - .+__(MIN|MAX)$/;

function chart(
  file: FoundFile,
  columns: readonly string[],
  rows: readonly Row[],
  step: string,
): ForeignRun[] {
  const runs = new Map<string, ForeignRun>();
  for (const column of columns.filter((one) => one !== step && !chartColumn.test(one))) {
    const at = column.lastIndexOf(' - ');
    if (at < 0) continue;
    const [name, metric] = [column.slice(0, at), column.slice(at + 3)];
    const run = runs.get(name) ?? newRun(name, `${file.name}: ${name}`);
    runs.set(name, run);
    for (const row of rows) record(run, metric, numberOf(row[step]), row[column]);
  }
  return [...runs.values()];
}

/** Rows by run, where a row is a measurement; undefined where it is a run. */
function history(rows: readonly Row[], step: string, run: string | undefined): [string, Row[]][] | undefined {
  const groups = Map.groupBy(rows, (row) => (run === undefined ? '' : String(row[run] ?? '')));
  const several = [...groups.values()].some((own) => new Set(own.map((row) => String(row[step]))).size > 1);
  return several ? [...groups] : undefined;
}

/** What stays the same in all rows is what the run was started with; what changes was measured. */
function historyRun(
  file: FoundFile,
  columns: readonly string[],
  rows: readonly Row[],
  step: string,
  name: string,
): ForeignRun {
  const run = newRun(name || stem(file.name), name ? `${file.name}: ${name}` : file.name);
  for (const column of columns) {
    if (column === step) continue;
    const values = rows.map((row) => row[column]);
    const distinct = new Set(values.map(String));
    if (rows.length > 1 && distinct.size === 1) put(run.config, column, cell(values[0]));
    else for (const row of rows) record(run, column, numberOf(row[step]), row[column]);
  }
  return run;
}

function tableRun(
  file: FoundFile,
  columns: readonly string[],
  row: Row,
  i: number,
  named: string | undefined,
): ForeignRun {
  const name = named === undefined ? '' : String(row[named] ?? '');
  const run = newRun(name || `row ${i + 1}`, `${file.name} row ${i + 1}`);
  for (const column of columns) {
    const value = cell(row[column]);
    put(run.config, column, value);
    if (typeof value === 'number') put(run.summary, column, value);
  }
  const state = find(columns, stateNames);
  const text = state === undefined ? '' : String(row[state] ?? '').trim();
  run.ending = endings.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
  if (run.ending === 'failed') run.reason = `its ${state} is "${text}"`;
  return run;
}

function record(run: ForeignRun, metric: string, step: number | undefined, value: unknown): void {
  const number = numberOf(value);
  if (step !== undefined && Number.isFinite(step) && number !== undefined) measure(run, metric, step, number);
}

function cell(value: unknown): Value {
  if (typeof value === 'string') return value.trim() === '' ? null : numberOrText(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** `a/b/runs.csv` as `a/b/runs`. */
export const stem = (name: string): string => name.replace(/\.[^./]*$/, '');

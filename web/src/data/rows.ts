// The table of runs as the rows that figures and analysis start from.
import { isOn } from '../../../src/analysis/budgets.ts';
import type { RunRow } from '../../../src/analysis/rows.ts';
import type { Group } from '../../../src/report/types.ts';
import type { RunColumns, RunTable, StudyView } from '../../../src/server/wire.ts';

/** Hyperparameters of row `i`; those that its optimizer does not have are left out. */
export const hyperOf = ({ hyper }: RunColumns, i: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(hyper).flatMap(([name, column]) => (column[i] === null ? [] : [[name, column[i]]])),
  );

/** Hyperparameters of which runs have more than one value: those that were tuned. */
export const variedHypers = ({ hyper }: Pick<RunColumns, 'hyper'>): string[] =>
  Object.entries(hyper)
    .filter(([, column]) => new Set(column.filter((value) => value !== null)).size > 1)
    .map(([name]) => name);

/** What became of a run in the words of the analysis: all that has no result is missing there. */
const statuses: Partial<Record<RunColumns['state'][number], RunRow['status']>> = {
  done: 'done',
  diverged: 'diverged',
  failed: 'failed',
};

/** Rows in the order of the table, made once for a table. */
export function runRows(table: RunTable): RunRow[] {
  if (!made.has(table)) made.set(table, rowsOf(table.columns));
  return made.get(table)!;
}

const made = new WeakMap<RunTable, RunRow[]>();

const rowsOf = (c: RunColumns): RunRow[] =>
  c.run.map((runId, i) => ({
    runId,
    optimizer: c.optimizer[i],
    batchSize: c.batchSize[i],
    model: c.model[i],
    tokens: c.tokens[i],
    lr: c.lr[i],
    hyper: hyperOf(c, i),
    seed: c.seed[i],
    status: statuses[c.state[i]] ?? 'missing',
    valLoss: c.valLoss[i],
    valBitsPerByte: c.valBitsPerByte[i],
    trainLoss: c.trainLoss[i],
    seconds: c.seconds[i] ?? 0,
    tokensPerSecond: c.tokensPerSecond[i] ?? 0,
    reason: c.reason[i] ?? undefined,
  }));

/** Whether a cell, run or gap belongs to `group`. */
export const belongsTo = (group: Group, { setup }: StudyView) => isOn(group, setup);

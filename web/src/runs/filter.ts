// The filter of the table of runs: words that a row must have, and comparisons such
// as `lr>=0.1` or `batch=64`.
import type { RunColumns } from '../../../src/server/wire.ts';
import { hyperOf } from '../data/rows.ts';

/** Names by which numbers of a run can be compared, beside its hyperparameters. */
const names = new Map<string, keyof RunColumns>(
  Object.entries({
    lr: 'lr',
    rate: 'lr',
    batch: 'batchSize',
    seed: 'seed',
    tokens: 'tokens',
    loss: 'valLoss',
    train: 'trainLoss',
    seconds: 'seconds',
    step: 'step',
  }),
);

type Test = (columns: RunColumns, row: number) => boolean;

const compare: Record<string, (a: number, b: number) => boolean> = {
  // The table rounds to three digits, so what it shows is found: 0.0313 is 0.03125.
  '=': (a, b) => a === b || (!Number.isInteger(a) && Number(a.toPrecision(3)) === b),
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

/** What each word of `text` asks for. */
function testsOf(text: string): Test[] {
  return text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word): Test => {
      const [, name, sign, value] = /^([\w.]+)(<=|>=|=|<|>)(.+)$/.exec(word) ?? [];
      const wanted = Number(value);
      if (name !== undefined && Number.isFinite(wanted))
        return (columns, row) => {
          const key = names.get(name.toLowerCase());
          const own = key === undefined ? columns.hyper[name]?.[row] : (columns[key] as unknown[])[row];
          return typeof own === 'number' && compare[sign](own, wanted);
        };
      const lower = word.toLowerCase();
      return (columns, row) => textOf(columns, row).includes(lower);
    });
}

/** What words are looked for in. */
const textOf = (columns: RunColumns, row: number): string =>
  [
    columns.run[row],
    columns.optimizer[row],
    columns.model[row],
    columns.state[row],
    columns.rule[row],
    columns.reason[row] ?? '',
    ...Object.entries(hyperOf(columns, row)).map(([name, value]) => `${name}=${value}`),
  ]
    .join(' ')
    .toLowerCase();

/** Numbers of the rows that `text` lets through. */
export function filtered(columns: RunColumns, text: string): number[] {
  const tests = testsOf(text);
  const rows: number[] = [];
  for (let row = 0; row < columns.run.length; row++)
    if (tests.every((test) => test(columns, row))) rows.push(row);
  return rows;
}

/** `rows` in the order of a column; what is not known stands last either way. */
export function sorted(
  rows: readonly number[],
  column: readonly (number | string | null)[],
  descending: boolean,
): number[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [column[a], column[b]];
    if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
    return x < y ? -sign : x > y ? sign : a - b;
  });
}

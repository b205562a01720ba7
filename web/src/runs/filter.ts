// The filter of the table of runs: words that a row must have, and comparisons such
// as `lr>=0.1`, `batch=64` or `optimizer=sgd|adam`.
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

/** Names by which words of a run can be compared. */
const texts = new Map<string, keyof RunColumns>([
  ['optimizer', 'optimizer'],
  ['model', 'model'],
  ['state', 'state'],
]);

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
      const column = texts.get((name ?? '').toLowerCase());
      if (column !== undefined && sign === '=') {
        const choices = value.toLowerCase().split('|');
        return (columns, row) => choices.includes(String((columns[column] as unknown[])[row]).toLowerCase());
      }
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

/** What a filter asks for by a name: a range of numbers, or words to choose from. */
export interface Asked {
  lo?: number;
  hi?: number;
  words?: string[];
}

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');
const partsOf = (word: string) => /^([\w.]+)(<=|>=|=)(.+)$/.exec(word)?.slice(1) ?? [];

/** Undefined where `text` says nothing of `name`, or what no range could say. */
export function askedOf(text: string, name: string): Asked | undefined {
  const own = wordsOf(text)
    .map(partsOf)
    .filter(([one]) => one === name);
  if (own.length === 0) return undefined;
  const asked: Asked = {};
  for (const [, sign, value] of own) {
    if (sign === '=') asked.words = value.split('|');
    else asked[sign === '<=' ? 'hi' : 'lo'] = Number(value);
  }
  return asked;
}

/** The filter with `asked` in place of what it says of `name`; undefined takes that away. */
export function withAsked(text: string, name: string, asked: Asked | undefined): string {
  const others = wordsOf(text).filter((word) => partsOf(word)[0] !== name);
  const { lo, hi, words } = asked ?? {};
  return [
    ...others,
    ...(lo === undefined ? [] : [`${name}>=${lo}`]),
    ...(hi === undefined ? [] : [`${name}<=${hi}`]),
    ...(words === undefined ? [] : [`${name}=${words.join('|')}`]),
  ].join(' ');
}

// Runs as the rows of the figure of their settings, its axes, and what a range on an axis asks of the filter.
import { displayName } from '../../../src/analysis/names.ts';
import { hyperKey, isDone } from '../../../src/analysis/rows.ts';
import type { AxisScale, ParallelAxis, ParallelRow } from '../../../src/figures/parallel.ts';
import { fixed, short } from '../../../src/report/format.ts';
import type { RunColumns, RunTable } from '../../../src/server/wire.ts';
import { runRows, variedHypers } from '../data/rows.ts';
import type { Range } from './brush.ts';
import type { Asked } from './filter.ts';

/** More lines than this are a felt, and slow. */
export const most = 1000;

export const axesOf = (columns: RunColumns): ParallelAxis[] => [
  { field: 'optimizer', label: 'optimizer', log: false, text: displayName },
  { field: 'batchSize', label: 'batch size', log: true },
  ...variedHypers(columns).map((name) => ({ field: `hyper.${name}`, label: name, log: false })),
  { field: 'lr', label: 'learning rate', log: true },
  { field: 'valLoss', label: 'loss', log: false },
];

/** The runs that finished or diverged, the lowest loss first, each with its row in the table. */
export function parallelRows(table: RunTable): { at: number; row: ParallelRow }[] {
  const judged = runRows(table)
    .map((row, at) => ({ row, at }))
    .filter(({ row }) => isDone(row) || row.status === 'diverged')
    .sort((a, b) => (a.row.valLoss ?? Infinity) - (b.row.valLoss ?? Infinity));
  const done = judged.filter(({ row }) => isDone(row)).length;
  const hypers = variedHypers(table.columns);
  return judged.map(({ row, at }, i) => {
    const { runId, optimizer, batchSize, lr, hyper, seed, valLoss } = row;
    const what = `${displayName(optimizer)}, batch size ${batchSize}, seed ${seed}`;
    const setting = `rate ${short(lr)}${hyperKey(hyper) && `, ${hyperKey(hyper)}`}`;
    return {
      at,
      row: {
        // A run of two optimizers is a line of both.
        run: `${runId} ${optimizer}`,
        label: `${what}\n${setting}\n${isDone(row) ? `loss ${fixed(valLoss, 4)}` : 'diverged'}`,
        diverged: !isDone(row),
        rank: isDone(row) ? (done > 1 ? i / (done - 1) : 0) : null,
        ...{ optimizer, batchSize, lr, seed, valLoss },
        ...Object.fromEntries(hypers.map((name) => [`hyper.${name}`, hyper[name] ?? null])),
      },
    };
  });
}

const names: Record<string, string> = { batchSize: 'batch', valLoss: 'loss' };

/** What the filter calls the field of an axis. */
export const filterName = (field: string): string => names[field] ?? field.replace(/^hyper\./, '');

/** What a range on an axis asks for; undefined where it holds nothing, or everything. */
export function askedBy({ valueAt, words }: AxisScale, { lo, hi }: Range): Asked | undefined {
  if (words) {
    const within = words.filter((_, i) => (i + 0.5) / words.length >= lo && (i + 0.5) / words.length <= hi);
    return within.length > 0 && within.length < words.length ? { words: within } : undefined;
  }
  const asked: Asked = {};
  if (lo > 0) asked.lo = rounded(valueAt!(lo), Math.floor);
  if (hi < 1) asked.hi = rounded(valueAt!(hi), Math.ceil);
  return lo > 0 || hi < 1 ? asked : undefined;
}

/** Where it stands on the axis. */
export function rangeOn({ place, words }: AxisScale, asked: Asked | undefined): Range | undefined {
  if (!asked) return undefined;
  if (words) {
    const at = words.flatMap((word, i) => (asked.words?.includes(word) ? [i] : []));
    return at.length > 0
      ? { lo: at[0] / words.length, hi: (at[at.length - 1] + 1) / words.length }
      : undefined;
  }
  const within = (value: number | undefined, end: number) =>
    value === undefined ? end : Math.min(1, Math.max(0, place(value) ?? end));
  return { lo: within(asked.lo, 0), hi: within(asked.hi, 1) };
}

/** Four digits, rounded outwards: what one has drawn is within. */
function rounded(value: number, round: (value: number) => number): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 3);
  // What the logarithm of the axis has blurred is no digit.
  const digits = Number((value / unit).toPrecision(12));
  return Number((round(digits) * unit).toPrecision(4));
}

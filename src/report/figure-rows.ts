// What the figures of experiments have in common: the columns of their tables, and one line per series.
import type { LineRow, Series } from '../figures/theory-lines.ts';

export const dotColumns = ['panel', 'label', 'value', 'lo', 'hi', 'open', 'note'] as const;
export const lineColumns = ['panel', 'series', 'x', 'y', 'lo', 'hi', 'open'] as const;

/** The series that the rows have, in their order. */
export const series = (rows: readonly LineRow[]): Series[] =>
  [...new Set(rows.map((row) => row.series))].map((name, slot) => ({ name, slot, look: 'line and points' }));

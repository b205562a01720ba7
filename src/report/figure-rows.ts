// What the figures of experiments have in common: the columns of their tables, and one line per batch size.
import type { LineRow, LineSeries } from '../figures/theory-lines.ts';

export const dotColumns = ['panel', 'label', 'arm', 'value', 'lo', 'hi', 'open', 'note'] as const;
export const lineColumns = ['panel', 'series', 'x', 'y', 'lo', 'hi', 'open'] as const;

/**
 * The series that the rows have, in their order, which has a meaning: batch sizes
 * from the smallest to the largest.
 */
export function levelSeries(rows: readonly LineRow[]): LineSeries[] {
  const names = [...new Set(rows.map((row) => row.series))];
  return names.map((name, level) => ({
    name,
    of: { level, levels: names.length },
    look: 'line and points',
  }));
}

// A figure of the theory lab: what it shows, and its numbers. Pages of the lab have it,
// and reports of studies with labs.
import { toCsv } from '../../core/csv.ts';
import { type LineRow, type LinesSpec, linesFigure } from '../../figures/theory-lines.ts';
import { type DrawnFigure, drawn } from '../drawn.ts';
import { methods } from './names.ts';

export interface LabFigure {
  /** File name without extension. */
  name: string;
  title: string;
  caption: string;
  spec: LinesSpec;
  rows: LineRow[];
  /** Names of the columns in the CSV file, for what a row has. */
  columns: Partial<Record<keyof LineRow, string>>;
}

/**
 * The figure with its rows bound; its table has the lab's names of columns. A method
 * that is one of the study's `arms` looks like it.
 */
export function labDrawing(
  { spec, rows, columns, ...about }: LabFigure,
  arms: readonly string[] = [],
): DrawnFigure {
  const keys = Object.keys(columns) as (keyof LineRow)[];
  const named = (row: LineRow) => Object.fromEntries(keys.map((key) => [columns[key]!, row[key] ?? null]));
  return {
    ...drawn(about, linesFigure(spec), rows, [], [...arms, ...methods]),
    csv: () =>
      toCsv(
        keys.map((key) => columns[key]!),
        rows.map(named),
      ),
  };
}

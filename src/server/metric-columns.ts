// Lines of metrics as columns of equal length, with as many rows as a figure can show.
import type { MetricColumns } from './wire.ts';

/** Columns beyond these are left out: a line of a script may have any names. */
const MOST_COLUMNS = 200;

type Column = (number | null)[];

export interface Columns {
  step: number[];
  columns: MetricColumns;
  clippedKinds: Record<string, Column>;
  clippedLayers: Record<string, Column>;
}

interface Row {
  step: number;
  flat: [string, number][];
  kinds: [string, number][];
  layers: [string, number][];
}

export function createColumns() {
  const rows: Row[] = [];
  return {
    get count() {
      return rows.length;
    },
    /** False for what is no line of metrics. */
    add(line: unknown): boolean {
      if (!isRecord(line) || !isNumber(line.step)) return false;
      const { step, clippedKinds, clippedLayers, ...flat } = line;
      rows.push({
        step: step as number,
        flat: numbersOf(flat),
        kinds: numbersOf(clippedKinds),
        layers: numbersOf(clippedLayers),
      });
      return true;
    },
    /** At most about `most` rows, evenly spread; rows with a validation loss are all kept. */
    done(most: number): Columns {
      const kept = thinned(rows, most);
      return {
        step: kept.map((row) => row.step),
        columns: columnsOf(kept, (row) => row.flat, ['tokens', 'loss', 'lr', 'seconds']) as MetricColumns,
        clippedKinds: columnsOf(kept, (row) => row.kinds),
        clippedLayers: columnsOf(kept, (row) => row.layers),
      };
    },
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const numbersOf = (value: unknown): [string, number][] =>
  isRecord(value)
    ? Object.entries(value).filter((entry): entry is [string, number] => isNumber(entry[1]))
    : [];

function thinned(rows: readonly Row[], most: number): readonly Row[] {
  if (rows.length <= most) return rows;
  const every = rows.length / most;
  let next = 0;
  return rows.filter((row, i) => {
    const isDue = i >= next || i === rows.length - 1;
    if (i >= next) next += every;
    return isDue || row.flat.some(([name]) => name === 'valLoss');
  });
}

function columnsOf(
  rows: readonly Row[],
  part: (row: Row) => [string, number][],
  always: readonly string[] = [],
): Record<string, Column> {
  const columns = new Map<string, Column>(always.map((name) => [name, rows.map(() => null)]));
  rows.forEach((row, i) => {
    for (const [name, value] of part(row)) {
      if (!columns.has(name) && columns.size < MOST_COLUMNS)
        columns.set(
          name,
          rows.map(() => null),
        );
      const column = columns.get(name);
      if (column) column[i] = value;
    }
  });
  return Object.fromEntries(columns);
}

// The same two tables in Parquet, with types: text, integer, double, boolean.
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Format } from '../format.ts';
import { type ExportValue, measurementTable, runTable, type Table } from '../rows.ts';

/** Columns of whole numbers; others are doubles, even where a study happens to have whole values. */
const whole = new Set(['batch_size', 'tokens', 'seed', 'step', 'steps', 'tokens_trained']);
const texts = new Set(['study', 'run_id', 'optimizer', 'model', 'status', 'reason']);

export const parquet: Format = {
  name: 'parquet',
  what: 'tables for pandas, polars, DuckDB',
  files: (study) =>
    new Map([
      ['runs.parquet', written(runTable(study))],
      ['measurements.parquet', written(measurementTable(study))],
    ]),
};

function written({ columns, rows }: Table): Uint8Array {
  const columnData = columns.map((name) => {
    const values = rows.map((row) => row[name]);
    if (texts.has(name)) return { name, data: values, type: 'STRING' as const };
    if (name === 'winner' || name === 'counts') return { name, data: values, type: 'BOOLEAN' as const };
    if (whole.has(name)) return { name, data: values.map(integer), type: 'INT64' as const };
    return { name, data: values, type: 'DOUBLE' as const };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

const integer = (value: ExportValue) => (typeof value === 'number' ? BigInt(Math.round(value)) : null);

// CSV tables that people's programs wrote, read.
import { CsvError, parse } from 'csv-parse/sync';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';

/** A row of a table that was read: its line in the file, and its fields by column. */
export interface CsvRow {
  line: number;
  fields: Readonly<Record<string, string>>;
}

/**
 * Rows of a CSV text under its header line: quoted fields, spaces around fields,
 * empty lines and a byte order mark as people's programs write them. Throws UserError,
 * opened with `what`, for a column of `needed` that is not there and for text that is no table.
 */
export function readCsv(text: string, needed: readonly string[], what: string, delimiter = ','): CsvRow[] {
  let columns: string[] = [];
  const header = (names: string[]) => {
    columns = names.map((name) => name.trim());
    const twice = columns.find((name, i) => columns.indexOf(name) < i);
    if (twice !== undefined) throw new UserError(`${what}: there are two columns "${shown(twice)}"`);
    return columns;
  };
  const rows = rowsOf(text, header, what, delimiter);
  const lacking = needed.find((name) => !columns.includes(name));
  if (lacking !== undefined)
    throw new UserError(
      `${what}: there is no column "${lacking}"; the first line must name ${needed.join(', ')}`,
    );
  return rows;
}

function rowsOf(
  text: string,
  columns: (names: string[]) => string[],
  what: string,
  delimiter: string,
): CsvRow[] {
  const format = {
    delimiter,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
  };
  try {
    const records = parse(text, { ...format, columns, info: true }) as unknown as {
      record: Record<string, string>;
      info: { lines: number };
    }[];
    return records.map(({ record, info }) => ({ line: info.lines, fields: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`${what}: this is no CSV table (${shown(error.message)})`);
  }
}

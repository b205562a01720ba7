// Tables as CSV (RFC 4180): written in full precision, so that a figure can be drawn
// again from its table, and read.
import { CsvError, parse } from 'csv-parse/sync';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';

export type CsvValue = string | number | boolean | null | undefined;

/** Header line and one line per row, CRLF between them; null and undefined are empty fields. */
export function toCsv(columns: readonly string[], rows: readonly Record<string, CsvValue>[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

/** What a spreadsheet would take for a formula. Numbers are none, whatever their sign. */
const formula = /^[=+\-@\t\r]/;

function field(value: CsvValue): string {
  const written = value === null || value === undefined ? '' : String(value);
  // A leading apostrophe makes it text, in every spreadsheet.
  const text = typeof value === 'string' && formula.test(value) && !isNumber(value) ? `'${written}` : written;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text));

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

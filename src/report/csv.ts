// Tables as CSV (RFC 4180): numbers in full precision, so that a figure can be drawn again from its table.

export type CsvValue = string | number | boolean | null | undefined;

/** Header line and one line per row, CRLF between them; null and undefined are empty fields. */
export function toCsv(columns: readonly string[], rows: readonly Record<string, CsvValue>[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

function field(value: CsvValue): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// Tables as CSV (RFC 4180), written in full precision, so that a figure can be drawn again from its table.

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

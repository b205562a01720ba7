// Numbers and tables as `gaplab model` writes them.

export const integerText = (n: number) => Math.round(n).toLocaleString('en-US');

/** 1234567 -> `1.23M`: three digits and a unit. */
export function withUnit(n: number, step = 1000, units = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z']): string {
  let unit = 0;
  while (n >= 0.9995 * step && unit < units.length - 1) {
    n /= step;
    unit++;
  }
  return `${unit === 0 ? n : n.toPrecision(n < 1000 ? 3 : 4)}${units[unit]}`;
}
/** 1536 -> `1.50 KiB`. */
export const bytes = (n: number) => withUnit(n, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB']);

/** Rows as columns two spaces apart: the first to the left, those in `left` too, numbers to the right. */
export function table(rows: string[][], left: number[] = []): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const cell = (text: string, i: number) =>
    i === 0 || left.includes(i) ? text.padEnd(widths[i]) : text.padStart(widths[i]);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

/** Lines of at most 80 columns, broken between words. */
export function wrap(text: string): string[] {
  return text.match(/\S.{0,79}(?=\s|$)/g) ?? [];
}

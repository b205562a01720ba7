// Tables for the terminal.
import { visible } from '../core/shown.ts';

const isNumber = (text: string) => /^[+−-]?[\d.,]+(e[+−-]?\d+)?%?$/.test(text);

/**
 * Columns padded to their widest entry, two blanks between; columns of numbers stand right,
 * with true minus signs.
 */
export function aligned(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) =>
    row.map((text) => (isNumber(text) ? text.replaceAll('-', '−') : visible(text))),
  );
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const isRight = cells[0].map((_, i) => {
    const column = cells.slice(1).map((row) => row[i]);
    return column.some(isNumber) && column.every((text) => isNumber(text) || text === '–' || text === '');
  });
  return cells
    .map((row) =>
      row
        .map((text, i) => (isRight[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

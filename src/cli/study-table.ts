// The result of a study as a table for the terminal.
import type { Summary } from '../report/types.ts';

/**
 * One row per batch size: loss of each optimizer's winner (mean over seeds) with its learning rate, and
 * the gap with its 95% interval. `*` marks a best learning rate at the edge of what was tried.
 */
export function summaryTable(summary: Summary): string {
  const arms = [...new Set(summary.cells.map((cell) => cell.optimizer))];
  const groups = new Map<string, Summary['cells']>();
  for (const cell of summary.cells) {
    const key = JSON.stringify([cell.model, cell.tokens, cell.batchSize]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const several = new Set(summary.cells.map((c) => `${c.model} ${c.tokens}`)).size > 1;
  const main = summary.gaps.filter((gap) => gap.challenger === summary.challenger);
  const head = [
    'batch',
    ...arms,
    ...(main.length ? [`gap (${summary.challenger} - ${summary.baseline})`] : []),
  ];
  if (several) head.unshift('model', 'tokens');
  const rows = [...groups.values()].map((cells) => {
    const { model, tokens, batchSize } = cells[0];
    const gap = main.find((g) => g.model === model && g.tokens === tokens && g.batchSize === batchSize);
    const line = [String(batchSize)];
    for (const arm of arms) line.push(cellText(cells.find((cell) => cell.optimizer === arm)));
    if (main.length)
      line.push(gap ? `${signed(gap.gap)}${intervalText(gap.ci95)}${gap.bracketed ? '' : ' *'}` : '-');
    return several ? [model, String(tokens), ...line] : line;
  });
  const text = aligned([head, ...rows]);
  const open = summary.cells.some((cell) => cell.best && !cell.bracketed);
  return `Validation loss in nats per ${summary.lossPer} (best learning rate)\n\n${text}${open ? '\n\n* best learning rate at the edge of what was tried' : ''}`;
}

function cellText(cell: Summary['cells'][number] | undefined): string {
  if (!cell) return '-';
  if (!cell.best) return cell.diverged > 0 ? 'diverged' : '-';
  return `${cell.best.valLossMean.toFixed(3)} (${Number(cell.best.lr.toPrecision(3))})${cell.bracketed ? '' : ' *'}`;
}

const signed = (x: number) => `${x >= 0 ? '+' : ''}${x.toFixed(3)}`;
const intervalText = (ci: [number, number] | null) => (ci ? ` [${signed(ci[0])}, ${signed(ci[1])}]` : '');

/** Columns padded to their widest entry, two blanks between. */
export function aligned(rows: string[][]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

// The result of a study as a table for the terminal.
import { displayName } from '../analysis/names.ts';
import { fixed, interval, number, short, signed } from '../report/format.ts';
import type { Summary } from '../report/types.ts';
import { aligned } from './aligned.ts';

type Cell = Summary['cells'][number];

/**
 * One row per batch size: loss of each optimizer's winner (mean over seeds) with its learning rate,
 * and the gap with its 95% interval. Where that is wider than `columns`, one row per optimizer.
 * `*` marks a best learning rate at the edge of what was tried.
 */
export function summaryTable(summary: Summary, columns = Number.POSITIVE_INFINITY): string {
  const wide = aligned(wideRows(summary));
  const table = widthOf(wide) <= columns ? wide : aligned(longRows(summary));
  const open = summary.cells.some((cell) => cell.best && !cell.bracketed);
  return `Validation loss in nats per ${summary.lossPer} (best learning rate in brackets)\n\n${table}${open ? '\n\n* best learning rate at the edge of what was tried' : ''}`;
}

const widthOf = (table: string) => Math.max(...table.split('\n').map((line) => line.length));

/** Names of model and budget, where the study has several. */
function placeOf({ cells }: Summary): { head: string[]; of(cell: Pick<Cell, 'model' | 'tokens'>): string[] } {
  const several = new Set(cells.map((c) => `${c.model} ${c.tokens}`)).size > 1;
  return {
    head: several ? ['model', 'tokens'] : [],
    of: ({ model, tokens }) => (several ? [model, number(tokens)] : []),
  };
}

function wideRows(summary: Summary): string[][] {
  const { cells, gaps, challenger, baseline } = summary;
  const arms = [...new Set(cells.map((cell) => cell.optimizer))];
  const place = placeOf(summary);
  const main = gaps.filter((gap) => gap.challenger === challenger);
  const gapHead = `gap (${displayName(challenger ?? '')} − ${displayName(baseline ?? '')})`;
  const groups = Map.groupBy(cells, (cell) => JSON.stringify([cell.model, cell.tokens, cell.batchSize]));
  return [
    [...place.head, 'batch', ...arms.map(displayName), ...(main.length > 0 ? [gapHead] : [])],
    ...[...groups.values()].map((own) => {
      const { model, tokens, batchSize } = own[0];
      const gap = main.find((g) => g.model === model && g.tokens === tokens && g.batchSize === batchSize);
      return [
        ...place.of(own[0]),
        String(batchSize),
        ...arms.map((arm) => cellText(own.find((cell) => cell.optimizer === arm))),
        ...(main.length > 0 ? [gap ? gapText(gap) : '–'] : []),
      ];
    }),
  ];
}

function longRows(summary: Summary): string[][] {
  const place = placeOf(summary);
  return [
    [...place.head, 'batch', 'optimizer', 'loss'],
    ...summary.cells.map((cell) => [
      ...place.of(cell),
      String(cell.batchSize),
      displayName(cell.optimizer),
      cellText(cell),
    ]),
  ];
}

function cellText(cell: Cell | undefined): string {
  if (!cell) return '–';
  if (!cell.best) return cell.diverged > 0 ? 'diverged' : '–';
  return `${fixed(cell.best.valLossMean)} (${short(cell.best.lr)})${cell.bracketed ? '' : ' *'}`;
}

const gapText = ({ gap, ci95, bracketed }: Summary['gaps'][number]) =>
  `${signed(gap)}${ci95 ? ` (${interval(ci95)})` : ''}${bracketed ? '' : ' *'}`;

// A figure with its rows bound: what the page shows and what goes into the files.
import { type CsvValue, toCsv } from '../core/csv.ts';
import { printTheme } from '../figures/theme.ts';
import { createDocument, type Figure, inlineSvg, standaloneSvg } from './svg.ts';

export interface DrawnFigure {
  /** File name without extension. */
  name: string;
  title: string;
  caption: string;
  /** True when there is nothing to draw yet. */
  empty: boolean;
  svg(): string;
  inline(width: number): string;
  /** For print (print/column.ts); `width` in pixels. */
  printed(width: number): SVGSVGElement;
  csv(): string;
}

/**
 * `optimizers`: labels of all arms, in order, so that each keeps its colour; `per`:
 * what losses are counted per.
 */
export function drawn<Row extends object>(
  about: Pick<DrawnFigure, 'name' | 'title' | 'caption'>,
  figure: Figure<Row>,
  rows: readonly Row[],
  columns: readonly (keyof Row & string)[],
  optimizers: readonly string[],
  per?: string,
): DrawnFigure {
  return {
    ...about,
    empty: rows.length === 0,
    svg: () => standaloneSvg(figure, rows, { optimizers, per }),
    inline: (width) => inlineSvg(figure, rows, { optimizers, per, width }),
    printed: (width) =>
      figure(rows, { optimizers, per, width, document: createDocument(), theme: printTheme }),
    csv: () => toCsv(columns, rows as readonly Record<string, CsvValue>[]),
  };
}

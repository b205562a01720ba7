// Small multiples, one panel per batch size, wrapped into rows.
import * as Plot from '@observablehq/plot';
import type { Theme } from './theme.ts';

/** Where panel `batchSize` goes in a grid of `columns` columns. */
export interface Panels {
  columns: number;
  rows: number;
  column(batchSize: number): number;
  row(batchSize: number): number;
  /** One entry per panel, for its title. */
  titles: { batchSize: number; column: number; row: number }[];
}

/** As many panels side by side as stay readable; columns are evened out over the rows. */
export function panels(batchSizes: Iterable<number>, width: number): Panels {
  const minWidth = width < 500 ? 140 : 190;
  const sizes = [...new Set(batchSizes)].sort((a, b) => a - b);
  const most = Math.max(1, Math.floor(width / minWidth));
  const rows = Math.max(1, Math.ceil(sizes.length / most));
  const columns = Math.max(1, Math.ceil(sizes.length / rows));
  const column = (size: number) => sizes.indexOf(size) % columns;
  const row = (size: number) => Math.floor(sizes.indexOf(size) / columns);
  const titles = sizes.map((batchSize) => ({ batchSize, column: column(batchSize), row: row(batchSize) }));
  return { columns, rows, column, row, titles };
}

/** What every panel stands on: its frame, grid lines, and the batch size as its title. */
export const panelGround = (grid: Panels, theme: Theme): Plot.Markish[] => [
  Plot.frame({ stroke: theme.grid }),
  Plot.gridY({ ticks: 4, stroke: theme.grid, strokeOpacity: 1 }),
  Plot.text(grid.titles, {
    fx: 'column',
    fy: 'row',
    frameAnchor: 'top-left',
    dy: -15,
    fontWeight: 600,
    text: (title: { batchSize: number }) => `batch size ${title.batchSize}`,
  }),
];

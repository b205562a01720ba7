// Figure 5: how many runs each optimizer got at each batch size, and what became of them.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { facetFigure } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { type EffortRow, statusText } from './rows.ts';
import { type FigureOptions, frame } from './theme.ts';
import { told } from './told.ts';

const outcomes = ['done', 'diverged', 'failed', 'missing'] as const;

/** Stacked bars of runs, one panel per optimizer, one bar per batch size, colours being outcomes. */
export function effortFigure(rows: readonly EffortRow[], options: FigureOptions): SVGSVGElement {
  const { theme } = frame(options, 0);
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const present = outcomes.filter((status) => rows.some((row) => row.status === status));
  const batchSizes = [...new Set(rows.map((row) => row.batchSize))].sort((a, b) => a - b);
  const totals = Map.groupBy(rows, (row) => JSON.stringify([row.optimizer, row.batchSize]));
  const most = Math.max(1, ...[...totals.values()].map((own) => own.reduce((sum, row) => sum + row.runs, 0)));
  return facetFigure(rows, options, {
    aria: 'Number of runs by optimizer, batch size and outcome',
    items: present.map((status): LegendItem => {
      return { label: statusText(status), shape: 'square', color: theme.outcome[status] };
    }),
    yName: 'runs',
    xName: 'batch size (sequences per step)',
    names: optimizers.map(displayName),
    panelOf: (row) => displayName(row.optimizer),
    // A batch size of three digits needs 26 pixels.
    least: Math.max(150, 26 * batchSizes.length),
    height: 100,
    left: [40, 40],
    panel: (own) => ({
      x: { type: 'band', domain: batchSizes, label: null, padding: 0.25 },
      y: { domain: [0, most], label: null, ticks: 4, tickFormat: 'd' },
      marks: [
        Plot.gridY({ ticks: 4, stroke: theme.grid, strokeOpacity: 1 }),
        Plot.barY(own, {
          x: 'batchSize',
          y: 'runs',
          fill: (row: EffortRow) => theme.outcome[row.status],
          order: (row: EffortRow) => outcomes.indexOf(row.status),
          ...told(options, (row: EffortRow) => statusText(row.status), say),
        }),
        Plot.ruleY([0], { stroke: theme.ink }),
      ],
    }),
  });
}

const say = ({ optimizer, batchSize, status, runs }: EffortRow): string =>
  `${displayName(optimizer)}, batch size ${batchSize}\n${runs} ${runs === 1 ? 'run' : 'runs'} ${statusText(status)}`;

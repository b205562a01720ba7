// Taylor terms of steps of equal length: what first and second order say, and what the loss did, one line per
// direction.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { facetFigure } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { type FigureOptions, frame } from './theme.ts';

export interface TermsRow {
  panel: string;
  direction: string;
  first: number;
  second: number;
  sum: number;
  actual: number;
}

const parts = [
  { label: 'first order', shape: 'thin', level: 1 },
  { label: 'second order', shape: 'thin', level: 0 },
  { label: 'sum of both', shape: 'point', level: null },
  { label: 'true change of loss', shape: 'hollow', level: null },
] as const;

export function termsFigure(rows: readonly TermsRow[], options: FigureOptions): SVGSVGElement {
  const { theme, narrow } = frame(options, 0);
  const directions = [...new Set(rows.map((row) => row.direction))];
  const values = rows.flatMap(({ first, second, sum, actual }) => [0, first, second, sum, actual]);
  const y = (row: TermsRow) => row.direction;
  return facetFigure(rows, options, {
    aria: 'Taylor terms and true change of loss by direction',
    items: parts.map(({ label, shape, level }): LegendItem => {
      return { label, shape, color: level === null ? theme.ink : theme.level(level) };
    }),
    yName: '',
    xName: 'change of loss (nats/token)',
    names: [...new Set(rows.map((row) => row.panel))],
    panelOf: (row) => row.panel,
    // One below the other, so that bars of all panels can be compared.
    least: (options.width ?? 720) / 2,
    height: Math.max(1, directions.length) * 20,
    left: [narrow ? 90 : 120, 10],
    panel: (own) => ({
      x: {
        domain: [Math.min(0, ...values), Math.max(0, ...values)],
        inset: 8,
        label: null,
        ticks: narrow ? 4 : 7,
      },
      y: { type: 'band', domain: directions, label: null, tickFormat: displayName, tickSize: 0 },
      marks: [
        Plot.frame({ stroke: theme.grid }),
        Plot.gridX({ ticks: 7, stroke: theme.grid, strokeOpacity: 1 }),
        Plot.ruleX([0], { stroke: theme.ink }),
        ...(['first', 'second'] as const).map((key, i) =>
          Plot.ruleY(own, {
            ...{ y, x1: 0, x2: key, dy: [-3, 3][i] },
            ...{ stroke: theme.level(parts[i].level!), strokeWidth: 4 },
          }),
        ),
        Plot.dot(own, { y, x: 'sum', r: 3.5, fill: theme.ink }),
        Plot.dot(own, { y, x: 'actual', r: 4.5, stroke: theme.ink, strokeWidth: 1.5 }),
      ],
    }),
  });
}

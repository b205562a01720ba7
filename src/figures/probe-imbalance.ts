// Loss by token frequency over training: one line per frequency group, one panel per run.
import * as Plot from '@observablehq/plot';
import { facetFigure } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { levelLook, pointStyle } from './looks.ts';
import { type FigureOptions, frame } from './theme.ts';

export interface ProbedImbalanceRow {
  panel: string;
  tokens: number;
  /** From 1, the most frequent tokens, to `groups`. */
  group: number;
  groups: number;
  loss: number | null;
}

export function imbalanceFigure(rows: readonly ProbedImbalanceRow[], options: FigureOptions): SVGSVGElement {
  const { theme } = frame(options, 0);
  const groups = Math.max(2, ...rows.map((row) => row.groups));
  const look = (row: Pick<ProbedImbalanceRow, 'group' | 'groups'>) =>
    levelLook(row.group - 1, row.groups, theme);
  const largest = Math.max(1, ...rows.map((row) => row.tokens));
  const highest = Math.max(0, ...rows.map((row) => row.loss ?? 0)) || 1;
  const unit = largest >= 2e6 ? 1e6 : 1e3;
  return facetFigure(rows, options, {
    aria: 'Validation loss by token frequency over training, one panel per run',
    items: [1, Math.ceil(groups / 2), groups].map(
      (group, i): LegendItem => ({
        label: ['most frequent tokens', `group ${group} of ${groups}`, 'rarest tokens'][i],
        shape: 'line',
        ...look({ group, groups }),
      }),
    ),
    yName: 'validation loss of the group (nats/token)',
    xName: `tokens trained on (${unit === 1e6 ? 'millions' : 'thousands'})`,
    names: [...new Set(rows.map((row) => row.panel))],
    panelOf: (row) => row.panel,
    least: 170,
    height: 160,
    left: [40, 40],
    panel: (own, { width }) => ({
      x: {
        domain: [0, largest],
        label: null,
        ticks: Math.max(2, Math.floor(width / 70)),
        tickFormat: (tokens: number) => String(tokens / unit),
      },
      y: { domain: [0, highest], nice: true, label: null, ticks: 5 },
      marks: [
        Plot.frame({ stroke: theme.grid }),
        Plot.gridY({ ticks: 5, stroke: theme.grid, strokeOpacity: 1 }),
        Plot.line(own, {
          x: 'tokens',
          y: 'loss',
          z: 'group',
          stroke: (row: ProbedImbalanceRow) => look(row).color,
          strokeWidth: 1.6,
        }),
        Plot.dot(own, { ...pointStyle(look, theme.paper), x: 'tokens', y: 'loss', r: 2.2, strokeWidth: 0 }),
      ],
    }),
  });
}

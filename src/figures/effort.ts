// Figure 5: how many runs each optimizer got at each batch size, and what became of them.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import type { EffortRow } from './rows.ts';
import { type FigureOptions, frame } from './theme.ts';

const outcomes = ['done', 'diverged', 'failed', 'missing'] as const;

/** Stacked bars of runs, one panel per optimizer, one bar per batch size, colours being outcomes. */
export function effortFigure(rows: readonly EffortRow[], options: FigureOptions): SVGSVGElement {
  const width = options.width ?? 720;
  const { theme, narrow, ...base } = frame(options, 0);
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const present = outcomes.filter((status) => rows.some((row) => row.status === status));
  const items: LegendItem[] = present.map((status) => {
    const label = status === 'missing' ? 'not run yet' : status;
    return { label, shape: 'square', color: theme.outcome[status] };
  });
  const top = headHeight(items, width, true);
  // Panels beside each other, or below each other on a phone and with many optimizers.
  const across = narrow || optimizers.length > 4 ? 1 : Math.max(1, optimizers.length);
  const down = Math.max(1, Math.ceil(optimizers.length / across));
  const column = (row: { optimizer: string }) => optimizers.indexOf(row.optimizer) % across;
  const line = (row: { optimizer: string }) => Math.floor(optimizers.indexOf(row.optimizer) / across);
  const svg = Plot.plot({
    ...base,
    height: top + 50 + down * 130,
    marginTop: top,
    marginLeft: 46,
    marginRight: 12,
    marginBottom: 48,
    ariaLabel: 'Number of runs by optimizer, batch size and outcome',
    fx: { axis: null, padding: 0.12 },
    fy: { axis: null, padding: 0.24 },
    x: {
      type: 'band',
      domain: [...new Set(rows.map((row) => row.batchSize))].sort((a, b) => a - b),
      label: 'batch size (sequences per step)',
      labelAnchor: 'center',
      labelOffset: 38,
      labelArrow: 'none',
      padding: 0.25,
    },
    y: { label: null, ticks: 4, tickFormat: 'd' },
    marks: [
      Plot.gridY({ ticks: 4, stroke: theme.grid, strokeOpacity: 1 }),
      Plot.text(
        optimizers.map((optimizer) => ({ optimizer })),
        {
          fx: column,
          fy: line,
          frameAnchor: 'top-left',
          dy: -15,
          fontWeight: 600,
          text: (row: { optimizer: string }) => displayName(row.optimizer),
        },
      ),
      Plot.barY(rows, {
        fx: column,
        fy: line,
        x: 'batchSize',
        y: 'runs',
        fill: (row: EffortRow) => theme.outcome[row.status],
        order: (row: EffortRow) => outcomes.indexOf(row.status),
      }),
      Plot.ruleY([0], { stroke: theme.ink }),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, 'runs', theme);
  return svg;
}

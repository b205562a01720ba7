// Taylor terms of steps of equal length: what first and second order say, and what the loss did, one line per direction.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
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
  const { theme, narrow, ...base } = frame(options, 0);
  const width = Number(base.width);
  const panels = [...new Set(rows.map((row) => row.panel))];
  const directions = [...new Set(rows.map((row) => row.direction))];
  const items: LegendItem[] = parts.map(({ label, shape, level }) => ({
    label,
    shape,
    color: level === null ? theme.ink : theme.level(level),
  }));
  const top = headHeight(items, width, true);
  const y = (row: TermsRow) => row.direction;
  const rule = (key: 'first' | 'second', level: number, dy: number) =>
    Plot.ruleY(rows, { fy: 'panel', y, x1: 0, x2: key, stroke: theme.level(level), strokeWidth: 4, dy });
  const svg = Plot.plot({
    ...base,
    height: top + 50 + panels.length * (directions.length * 20 + 26),
    marginTop: top,
    marginLeft: narrow ? 90 : 120,
    marginRight: 18,
    marginBottom: 46,
    ariaLabel: 'Taylor terms and true change of loss by direction',
    fy: { axis: null, domain: panels, padding: 0.12 },
    x: {
      inset: 8,
      label: 'change of loss (nats/token)',
      labelAnchor: 'center',
      labelOffset: 36,
      labelArrow: 'none',
      ticks: narrow ? 4 : 7,
    },
    y: { type: 'band', domain: directions, label: null, tickFormat: displayName, tickSize: 0 },
    marks: [
      Plot.frame({ stroke: theme.grid }),
      Plot.gridX({ ticks: 7, stroke: theme.grid, strokeOpacity: 1 }),
      Plot.ruleX([0], { stroke: theme.ink }),
      Plot.text(
        panels.map((panel) => ({ panel })),
        { fy: 'panel', frameAnchor: 'top-left', dy: -12, fontWeight: 600, text: 'panel' },
      ),
      rule('first', parts[0].level, -3),
      rule('second', parts[1].level, 3),
      Plot.dot(rows, { fy: 'panel', y, x: 'sum', r: 3.5, fill: theme.ink }),
      Plot.dot(rows, { fy: 'panel', y, x: 'actual', r: 4.5, stroke: theme.ink, strokeWidth: 1.5 }),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, '', theme);
  return svg;
}

// Numbers over two axes as a heat map with the numbers written in it, and lines
// where other numbers cross zero.
import * as Plot from '@observablehq/plot';
import { zeroLine } from '../core/contour.ts';
import { facetFigure } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { type FigureOptions, frame } from './theme.ts';
import { told } from './told.ts';

/** A cell of the map. */
export interface HeatRow {
  /** Title of the panel; panels keep the order of the rows. */
  panel: string;
  /** Columns and rows stand in the order of these numbers, evenly spaced. */
  x: number;
  y: number;
  /** Null where there is none: `note` says why. */
  value: number | null;
  /** Interval of the value; null where there is none. */
  lo: number | null;
  hi: number | null;
  /** How the value and its interval read, where that is not the number itself. */
  words?: string;
  range?: string;
  /** The value stands on a learning rate that is not bracketed. */
  open: boolean;
  note: string;
  /** Numbers whose zero lines are drawn, by the name of the line; null where not known. */
  lines: Readonly<Record<string, number | null>>;
}

export interface HeatSpec {
  aria: string;
  x: { label: string; tick(x: number): string };
  y: { label: string; tick(y: number): string };
  /** What the numbers are, and what colours mean. */
  value: string;
  plus: string;
  minus: string;
  format(value: number): string;
  /** Values of this size have the full colour. */
  full: number;
  /** How lines are drawn, in the order of the legend. */
  lines: readonly { name: string; look: 'line' | 'dashed' }[];
}

/**
 * A figure function for `spec`. A number whose interval has zero in it is grey;
 * a hollow one stands in brackets.
 */
export function heatMap(spec: HeatSpec): (rows: readonly HeatRow[], options: FigureOptions) => SVGSVGElement {
  return (rows, options) => {
    const { theme, narrow } = frame(options, 0);
    const xs = ascending(rows.map(({ x }) => x));
    const ys = ascending(rows.map(({ y }) => y));
    const names = [...new Set(rows.map(({ panel }) => panel))];
    const drawn = spec.lines.filter(({ name }) => rows.some(({ lines }) => lines[name] != null));
    const items: LegendItem[] = [
      { label: spec.plus, shape: 'square', color: theme.plus },
      { label: spec.minus, shape: 'square', color: theme.minus },
      ...drawn.map(
        ({ name, look }): LegendItem => ({
          label: name,
          shape: look === 'dashed' ? 'dashed' : 'thin',
          color: theme.ink,
        }),
      ),
    ];
    const height = Math.max(2, ys.length) * (narrow ? 34 : 46);
    const place = (row: HeatRow) => ({ column: xs.indexOf(row.x), line: ys.indexOf(row.y) });
    return facetFigure(rows, options, {
      aria: spec.aria,
      items,
      yName: `${spec.value}; up: ${spec.y.label}`,
      xName: spec.x.label,
      names,
      panelOf: ({ panel }) => panel,
      least: narrow ? 240 : 280,
      height,
      left: [56, 56],
      panel(own, { width }) {
        const room = width / Math.max(1, xs.length);
        const cells = own.map((row) => ({ ...row, ...place(row) }));
        const known = cells.filter(({ value }) => value !== null);
        const strength = ({ value }: HeatRow) => 0.08 + 0.6 * Math.min(1, Math.abs(value!) / spec.full);
        const isSure = ({ lo, hi }: HeatRow) => lo !== null && hi !== null && (lo > 0 || hi < 0);
        const words = ({ open, value, words = spec.format(value!) }: HeatRow) =>
          open ? `(${words})` : words;
        const interval = ({ lo, hi, range }: HeatRow) =>
          lo === null || hi === null ? '' : (range ?? `${spec.format(lo)} to ${spec.format(hi)}`);
        const withIntervals = room > 78;
        const segments = drawn.map(({ name, look }) => ({
          look,
          segments: zeroLine(
            ys.map((y) => xs.map((x) => own.find((row) => row.x === x && row.y === y)?.lines[name] ?? null)),
          ),
        }));
        return {
          x: {
            domain: [-0.5, xs.length - 0.5],
            ticks: xs.map((_, i) => i),
            tickFormat: (i: number) => spec.x.tick(xs[i]),
            tickSize: 0,
            label: null,
          },
          y: {
            domain: [-0.5, ys.length - 0.5],
            ticks: ys.map((_, i) => i),
            tickFormat: (i: number) => spec.y.tick(ys[i]),
            tickSize: 0,
            label: null,
          },
          marks: [
            Plot.rect(known, {
              x1: ({ column }) => column - 0.5,
              x2: ({ column }) => column + 0.5,
              y1: ({ line }) => line - 0.5,
              y2: ({ line }) => line + 0.5,
              fill: ({ value }) => (value! > 0 ? theme.plus : theme.minus),
              fillOpacity: strength,
              inset: 0.5,
              ...told(options, null, (row: HeatRow) =>
                [
                  `${spec.x.label} ${spec.x.tick(row.x)}, ${spec.y.label} ${spec.y.tick(row.y)}`,
                  `${words(row)}${interval(row) && `, ${interval(row)}`}`,
                ].join('\n'),
              ),
            }),
            Plot.frame({ stroke: theme.grid }),
            ...segments.map(({ look, segments }) =>
              Plot.link(segments, {
                ...{ x1: 'x1', y1: 'y1', x2: 'x2', y2: 'y2', stroke: theme.ink, strokeWidth: 2.2 },
                strokeDasharray: look === 'dashed' ? '6 4' : undefined,
              }),
            ),
            Plot.text(known, {
              ...{ x: 'column', y: 'line', text: words, dy: withIntervals ? -6 : 0 },
              fill: (row: HeatRow) => (isSure(row) ? theme.ink : theme.muted),
              fontSize: narrow ? 11 : 13,
              fontWeight: 600,
              stroke: theme.paper,
              strokeWidth: 3,
              strokeOpacity: 0.75,
            }),
            ...(withIntervals
              ? [
                  Plot.text(known, {
                    ...{ x: 'column', y: 'line', text: interval, dy: 9, fill: theme.muted, fontSize: 10 },
                    ...{ stroke: theme.paper, strokeWidth: 3, strokeOpacity: 0.75 },
                  }),
                ]
              : []),
            Plot.text(
              cells.filter(({ value }) => value === null),
              {
                ...{ x: 'column', y: 'line', fill: theme.muted, fontSize: 10 },
                text: ({ note }: HeatRow) => (room > 70 ? note : '–'),
              },
            ),
          ],
        };
      },
    });
  };
}

const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);

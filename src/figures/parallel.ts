// Parallel coordinates: every run is a line over its settings, which ends at its loss.
import * as Plot from '@observablehq/plot';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { type FigureOptions, frame } from './theme.ts';
import { told } from './told.ts';

/** A run: numbers and words by axis. */
export interface ParallelRow {
  run: string;
  /** What is said of it. */
  label: string;
  diverged: boolean;
  /** From 0, the best, to 1; null without a loss. */
  rank: number | null;
  [axis: string]: string | number | boolean | null;
}

export interface ParallelAxis {
  /** Field of the rows; `label` is its name on the figure. */
  field: string;
  label: string;
  log: boolean;
  /** How a word of it is written; as it is by default. */
  text?(word: string): string;
}

interface Spot {
  row: ParallelRow;
  axis: number;
  /** From 0 to 1. */
  at: number;
}

/** Where an axis stands on a figure for pages, in its pixels: `data-axes` of the element, as JSON. */
export interface AxisPlace {
  field: string;
  x: number;
  top: number;
  bottom: number;
}

/**
 * A figure function for `axes`, from left to right. The axes reach over `all` rows, so that they stay where
 * they are when only some rows are drawn.
 */
export function parallelFigure(
  axes: readonly ParallelAxis[],
  all?: readonly ParallelRow[],
): (rows: readonly ParallelRow[], options: FigureOptions) => SVGSVGElement {
  return (rows, options) => {
    const { theme, narrow, ...base } = frame(options, 300);
    const items: LegendItem[] = [
      { label: 'lowest loss', shape: 'thin', color: theme.level(1) },
      { label: 'highest loss', shape: 'thin', color: theme.level(0) },
    ];
    if (rows.some(({ diverged }) => diverged))
      items.push({ label: 'diverged', shape: 'dashed', color: theme.outcome.diverged });
    const scales = axes.map((axis) => axisScale(axis, all ?? rows));
    // The best are drawn last, above the others.
    const drawn = [...rows].sort((a, b) => (b.rank ?? 2) - (a.rank ?? 2));
    const spots = drawn.flatMap((row) =>
      axes.flatMap(({ field }, axis): Spot[] => {
        const at = scales[axis].place(row[field]);
        return at === null ? [] : [{ row, axis, at }];
      }),
    );
    const ticks = scales.flatMap(({ ticks }, axis) => ticks.map((tick) => ({ axis, ...tick })));
    const colour = ({ row }: Spot) =>
      row.diverged ? theme.outcome.diverged : row.rank === null ? theme.muted : theme.level(1 - row.rank);
    const entry = ({ row }: Spot) => (row.diverged ? 'diverged' : '');
    const lines = (own: readonly Spot[], strokeDasharray?: string) =>
      Plot.line(own, {
        ...{ x: 'axis', y: 'at', z: ({ row }: Spot) => row.run, stroke: colour, strokeDasharray },
        ...{ strokeWidth: rows.length > 300 ? 0.8 : 1.3, strokeOpacity: 0.8 },
        ...told(options, entry),
      });
    const top = headHeight(items, '', Number(base.width));
    const svg = Plot.plot({
      ...base,
      ...{ marginTop: top + 24, marginLeft: 44, marginRight: 52, marginBottom: 12 },
      ariaLabel: 'Settings and losses of the runs, one line for each',
      x: { domain: [0, Math.max(1, axes.length - 1)], axis: null },
      y: { domain: [0, 1], axis: null },
      marks: [
        Plot.ruleX(
          axes.map((_, i) => i),
          { stroke: theme.muted },
        ),
        lines(spots.filter(({ row }) => !row.diverged)),
        lines(
          spots.filter(({ row }) => row.diverged),
          '4 3',
        ),
        Plot.text(axes, {
          ...{ x: (_: ParallelAxis, i: number) => i, y: 1, dy: -18, fontWeight: 600 },
          text: ({ label }) => (narrow && axes.length > 4 ? label.slice(0, 8) : label),
        }),
        Plot.text(ticks, {
          ...{ x: 'axis', y: 'at', text: 'text', textAnchor: 'start', dx: 4, fontSize: 10.5 },
          ...{ fill: theme.ink, stroke: theme.paper, strokeWidth: 4, strokeOpacity: 0.9 },
        }),
        ...(options.interactive
          ? [
              Plot.dot(
                spots.filter(({ axis }) => axis === axes.length - 1),
                {
                  ...{ x: 'axis', y: 'at', r: 2.5, fill: colour },
                  ...told(options, entry, ({ row }: Spot) => row.label),
                },
              ),
            ]
          : []),
      ],
    }) as SVGSVGElement & Plot.Plot;
    if (options.interactive) {
      const [x, y] = [svg.scale('x')!, svg.scale('y')!];
      const places = axes.map(
        ({ field }, i): AxisPlace => ({ field, x: x.apply(i), top: y.apply(1), bottom: y.apply(0) }),
      );
      svg.setAttribute('data-axes', JSON.stringify(places));
    }
    addHead(svg, items, '', theme);
    return svg;
  };
}

export interface AxisScale {
  /** From 0, the lower end, to 1; null for what has no place. */
  place(value: unknown): number | null;
  ticks: { at: number; text: string }[];
  /** Of numbers: the one at a place. */
  valueAt?(at: number): number;
  /** Of words: all of them, from the lower end on. */
  words?: string[];
}

/** Where an axis places values: numbers by size, words by name. */
export function axisScale(
  { field, log, text = String }: ParallelAxis,
  rows: readonly ParallelRow[],
): AxisScale {
  const values = rows.map((row) => row[field]).filter((value) => value !== null && value !== undefined);
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length) {
    const names = [...new Set(values.map(String))].sort();
    const place = (value: unknown) => {
      const index = names.indexOf(String(value));
      return index < 0 ? null : (index + 0.5) / names.length;
    };
    return { place, ticks: names.map((name) => ({ at: place(name)!, text: text(name) })), words: names };
  }
  const isLog = log && numbers.every((value) => value > 0);
  const size = (value: number) => (isLog ? Math.log(value) : value);
  const sizes = numbers.map(size);
  const [lo, hi] = [
    sizes.reduce((a, b) => Math.min(a, b), Infinity),
    sizes.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const place = (value: unknown) =>
    typeof value !== 'number' ? null : hi > lo ? (size(value) - lo) / (hi - lo) : 0.5;
  const distinct = [...new Set(numbers)].sort((a, b) => a - b);
  const few =
    distinct.length <= 7
      ? distinct
      : [0, 1, 2, 3, 4].map((i) => distinct[Math.round((i / 4) * (distinct.length - 1))]);
  const valueAt = (at: number) => (isLog ? Math.exp(lo + at * (hi - lo)) : lo + at * (hi - lo));
  return {
    place,
    valueAt,
    ticks: few.map((value) => ({ at: place(value)!, text: String(Number(value.toPrecision(3))) })),
  };
}

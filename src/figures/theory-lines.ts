// The figure of the theory lab: lines of simulated (or exact, or measured) numbers in small panels,
// with bands where known.
import * as Plot from '@observablehq/plot';
import { facetFigure, ownScale, squashes } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { type Axis, logAxes, placesOf, xScale, yScale } from './line-axes.ts';
import { armLooks, type Look, levelLook, lookOf, otherLook, pointStyle, sparse } from './looks.ts';
import { type FigureOptions, frame } from './theme.ts';
import { pointed, told } from './told.ts';

/** One point. Rows with y = null break their line: nothing is known, or the run diverged. */
export interface LineRow {
  panel: string;
  series: string;
  x: number;
  y: number | null;
  /** Band around the line; null for none. */
  lo?: number | null;
  hi?: number | null;
  /** Drawn hollow: the number stands on the edge of what was tried. */
  open?: boolean;
}

export interface LineSeries {
  name: string;
  /**
   * What the line is of, which gives it its colour and mark: an arm, one of things in an order,
   * something else by its number, or whatever has that slot of the palette.
   */
  of: { arm: string } | { level: number; levels: number } | { other: number } | { slot: number };
  look?: 'line' | 'dashed' | 'dotted' | 'points' | 'line and points';
}

export interface LinesSpec {
  aria: string;
  x: Axis;
  y: Axis;
  series: readonly LineSeries[];
  /** Meaning of the bands, for the legend. */
  band?: string;
  /** Meaning of hollow points, for the legend. */
  open?: string;
  /** Series that the legend names; all, when left out. */
  legend?: readonly string[];
  /** Straight reference lines y = c in every panel. */
  rules?: readonly number[];
}

const dashes = {
  line: undefined,
  'line and points': undefined,
  dashed: '6 4',
  dotted: '1.5 4',
  points: undefined,
};

/** A figure function for `spec`: panels in the order of the rows, wrapped to the width. */
export function linesFigure(
  spec: LinesSpec,
): (rows: readonly LineRow[], options: FigureOptions) => SVGSVGElement {
  return (rows, options) => {
    const { theme, narrow } = frame(options, 0);
    const names = [...new Set(rows.map((row) => row.panel))];
    const series = spec.series.filter((one) => rows.some((row) => row.series === one.name));
    const styleOf = new Map(series.map((one) => [one.name, one]));
    const arms = spec.series.flatMap(({ of }) => ('arm' in of ? [of.arm] : []));
    const ofArm = armLooks([...(options.optimizers ?? []), ...arms], theme);
    const lookOfSeries = ({ of }: LineSeries): Look =>
      'arm' in of
        ? ofArm(of.arm)
        : 'level' in of
          ? levelLook(of.level, of.levels, theme)
          : 'slot' in of
            ? lookOf(of.slot, theme)
            : otherLook(of.other, theme);
    const looks = new Map(spec.series.map((one) => [one.name, lookOfSeries(one)]));
    const look = (row: { series: string }) => looks.get(row.series)!;
    const color = (row: { series: string }) => look(row).color;
    const shown = rows.filter((row) => styleOf.has(row.series)).map((row) => clip(row, spec));
    const entry = (row: LineRow) => row.series;
    const named = series.filter((one) => spec.legend?.includes(one.name) ?? true);
    const items: LegendItem[] = named.map(({ name, look = 'line' }) => {
      const shape = {
        line: 'line',
        dashed: 'dashed',
        dotted: 'dotted',
        points: 'point',
        'line and points': 'line',
      }[look];
      return { label: name, shape: shape as LegendItem['shape'], ...looks.get(name)! };
    });
    if (spec.band && shown.some((row) => row.lo !== null))
      items.push({ label: spec.band, shape: 'band', color: theme.muted });
    if (spec.open && shown.some((row) => row.open))
      items.push({ label: spec.open, shape: 'hollow', color: theme.ink });
    // Panels whose axis the specification bounds share it: the bounds are the same for all.
    const isBounded = spec.y.min !== undefined || spec.y.max !== undefined;
    const ofPanel = Map.groupBy(shown, (row) => row.panel);
    const isFree = !isBounded && squashes([...ofPanel.values()].map((own) => placesOf(spec.y, own)));
    const lone = names.length < 2;
    return facetFigure(shown, options, {
      aria: spec.aria,
      items,
      yName: `${spec.y.label}${isFree ? ownScale : ''}`,
      xName: spec.x.label,
      names,
      panelOf: (row) => row.panel,
      least: 170,
      height: lone ? (narrow ? 180 : 240) : 140,
      left: [52, 52],
      panel(own, place) {
        const byLook = (looks: string[]) =>
          own.filter((row) => looks.includes(styleOf.get(row.series)!.look ?? 'line'));
        const lines = (look: keyof typeof dashes, strokeWidth = 1.8) =>
          Plot.line(byLook([look]), {
            ...{ x: 'x', y: 'y', z: 'series', stroke: color, strokeWidth },
            strokeDasharray: dashes[look],
            ...told(options, entry),
          });
        const few = sparse(
          byLook(['line']).filter((row) => row.y !== null),
          (row) => row.series,
        );
        const y = yScale(spec.y, isFree ? own : shown);
        const x = xScale(spec.x, shown, place.width < 400);
        return {
          x,
          y,
          marks: [
            Plot.frame({ stroke: theme.grid }),
            ...logAxes(spec, x, y),
            Plot.gridY({ ticks: y.ticks as number[], stroke: theme.grid, strokeOpacity: 1 }),
            ...(spec.rules ?? []).map((y) =>
              Plot.ruleY([y], { stroke: theme.muted, strokeDasharray: '2 3' }),
            ),
            Plot.areaY(own, {
              ...{ x: 'x', y1: 'lo', y2: 'hi', z: 'series', fill: color, fillOpacity: 0.16 },
              ...told(options, entry),
            }),
            lines('line'),
            lines('line and points'),
            lines('dashed', 2.4),
            lines('dotted', 2.4),
            Plot.dot([...byLook(['points', 'line and points']), ...few], {
              ...pointStyle(look, theme.paper, (row: LineRow) => row.open ?? false),
              ...{ x: 'x', y: 'y', r: 3.2, strokeWidth: 1.5 },
              ...told(options, entry),
            }),
            ...pointed(
              options,
              own.filter((row) => row.y !== null),
              { x: 'x', y: 'y' },
              entry,
              entry,
              say,
            ),
          ],
        };
      },
    });
  };
}

/** What cannot be drawn is not: values outside the axis, zeros and negatives on a logarithmic one. */
function clip(
  row: LineRow,
  { y: { scale, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } }: LinesSpec,
): LineRow & { lo: number | null; hi: number | null } {
  const drawable = (value: number | null | undefined): value is number =>
    value !== null && value !== undefined && Number.isFinite(value) && (scale === 'linear' || value > 0);
  const within = (value: number) => Math.min(max, Math.max(min, value));
  const known = drawable(row.y) && row.y >= min && row.y <= max;
  const band = drawable(row.lo) && drawable(row.hi);
  return {
    ...row,
    y: known ? row.y : null,
    lo: band ? within(row.lo!) : null,
    hi: band ? within(row.hi!) : null,
  };
}

const say = ({ panel, series, x, y, lo, hi, open }: LineRow): string =>
  [
    [series, panel].filter(Boolean).join(', '),
    `${shortNumber(y!)} at ${shortNumber(x)}`,
    ...(lo == null || hi == null ? [] : [`from ${shortNumber(lo)} to ${shortNumber(hi)}`]),
    ...(open ? ['on the edge of what was tried'] : []),
  ].join('\n');

const shortNumber = (value: number): string =>
  value === 0 || (Math.abs(value) < 1e6 && Math.abs(value) >= 1e-3)
    ? String(Number(value.toPrecision(5))).replace('-', '−')
    : value.toExponential(3).replace('e+', 'e').replaceAll('-', '−');

// The figure of the theory lab: lines of simulated (or exact, or measured) numbers in small panels, with bands where known.
import * as Plot from '@observablehq/plot';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { armLooks, type Look, levelLook, otherLook, pointStyle, sparse } from './looks.ts';
import { type FigureOptions, frame } from './theme.ts';

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

export interface Series {
  name: string;
  /** What the line is of, which gives it its colour and mark: an arm, one of things in an order, or something else by its number. */
  of: { arm: string } | { level: number; levels: number } | { other: number };
  look?: 'line' | 'dashed' | 'dotted' | 'points' | 'line and points';
}

interface Axis {
  label: string;
  scale: 'linear' | 'log' | 'batch';
  /** Values that the axis must show. */
  include?: readonly number[];
  /** What lies outside is cut off at this value. */
  min?: number;
  max?: number;
}

export interface LinesSpec {
  aria: string;
  x: Axis;
  y: Axis;
  series: readonly Series[];
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
    const width = options.width ?? 720;
    const { theme, narrow, ...base } = frame(options, 0);
    const names = [...new Set(rows.map((row) => row.panel))];
    const titled = names.some((name) => name !== '');
    const most = Math.max(1, Math.floor(width / (narrow ? 300 : 225)));
    const down = Math.max(1, Math.ceil(names.length / most));
    const across = Math.max(1, Math.ceil(names.length / down));
    const fx = (row: { panel: string }) => names.indexOf(row.panel) % across;
    const fy = (row: { panel: string }) => Math.floor(names.indexOf(row.panel) / across);
    const series = spec.series.filter((one) => rows.some((row) => row.series === one.name));
    const styleOf = new Map(series.map((one) => [one.name, one]));
    const arms = spec.series.flatMap(({ of }) => ('arm' in of ? [of.arm] : []));
    const ofArm = armLooks([...(options.optimizers ?? []), ...arms], theme);
    const lookOf = ({ of }: Series): Look =>
      'arm' in of
        ? ofArm(of.arm)
        : 'level' in of
          ? levelLook(of.level, of.levels, theme)
          : otherLook(of.other, theme);
    const looks = new Map(spec.series.map((one) => [one.name, lookOf(one)]));
    const look = (row: { series: string }) => looks.get(row.series)!;
    const color = (row: { series: string }) => look(row).color;
    const shown = rows.filter((row) => styleOf.has(row.series)).map((row) => clip(row, spec));
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
    const top = headHeight(items, width, titled);
    const panelHeight = across === 1 && down === 1 ? (narrow ? 240 : 300) : 190;
    const byLook = (looks: string[]) =>
      shown.filter((row) => looks.includes(styleOf.get(row.series)!.look ?? 'line'));
    const lines = (look: keyof typeof dashes, strokeWidth = 1.8) =>
      Plot.line(byLook([look]), {
        ...{ fx, fy, x: 'x', y: 'y', z: 'series', stroke: color, strokeWidth },
        strokeDasharray: dashes[look],
      });
    const few = sparse(
      byLook(['line']).filter((row) => row.y !== null),
      (row) => JSON.stringify([row.panel, row.series]),
    );
    const y = yScale(spec.y, shown);
    const x = xScale(spec.x, shown, narrow || across > 1);
    const svg = Plot.plot({
      ...base,
      height: top + 50 + down * panelHeight + (down - 1) * (titled ? 26 : 12),
      marginTop: top,
      marginLeft: 52,
      // Half of a label such as 1,000.
      marginRight: 20,
      marginBottom: 46,
      ariaLabel: spec.aria,
      fx: { axis: null, padding: across > 1 ? 0.13 : 0 },
      fy: { axis: null, padding: titled ? 0.2 : 0.1 },
      x,
      y,
      marks: [
        Plot.frame({ stroke: theme.grid }),
        ...logAxes(spec, x, y),
        Plot.gridY({ ticks: y.ticks as number[], stroke: theme.grid, strokeOpacity: 1 }),
        Plot.text(
          names.filter(() => titled).map((panel) => ({ panel })),
          {
            ...{ fx, fy, frameAnchor: 'top-left', dy: -14, fontWeight: 600 },
            text: (row: { panel: string }) => row.panel,
          },
        ),
        ...(spec.rules ?? []).map((y) => Plot.ruleY([y], { stroke: theme.muted, strokeDasharray: '2 3' })),
        Plot.areaY(shown, {
          ...{ fx, fy, x: 'x', y1: 'lo', y2: 'hi', z: 'series', fill: color, fillOpacity: 0.16 },
        }),
        lines('line'),
        lines('line and points'),
        lines('dashed', 2.4),
        lines('dotted', 2.4),
        Plot.dot([...byLook(['points', 'line and points']), ...few], {
          ...pointStyle(look, theme.paper, (row: LineRow) => row.open ?? false),
          ...{ fx, fy, x: 'x', y: 'y', r: 3.2, strokeWidth: 1.5 },
        }),
      ],
    }) as SVGSVGElement;
    addHead(svg, items, spec.y.label, theme);
    return svg;
  };
}

/** Axes of logarithmic scales as marks of their own: Plot would leave out labels that are not near a power of ten. */
function logAxes({ x, y }: LinesSpec, xScale: Plot.ScaleOptions, yScale: Plot.ScaleOptions): Plot.Markish[] {
  const text = (value: number) => shortNumber(value);
  return [
    ...(x.scale === 'log'
      ? [
          Plot.axisX(xScale.ticks as number[], {
            ...{ text, label: x.label, labelAnchor: 'center', labelOffset: 36, labelArrow: 'none' },
          }),
        ]
      : []),
    ...(y.scale === 'log' ? [Plot.axisY(yScale.ticks as number[], { text, label: null })] : []),
  ];
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

function xScale(
  { label, scale, include = [] }: Axis,
  rows: readonly LineRow[],
  few: boolean,
): Plot.ScaleOptions {
  const common = { label, labelAnchor: 'center', labelOffset: 36, labelArrow: 'none' } as const;
  const values = [...rows.map((row) => row.x), ...include];
  if (scale === 'linear') return { ...common, ticks: few ? 4 : 8, domain: extent(values) };
  const [lo, hi] = extent(values);
  if (scale === 'log')
    return {
      ...common,
      type: 'log',
      domain: [lo, hi],
      ticks: logTicks(lo, hi, few ? 3 : 6),
      tickFormat: shortNumber,
    };
  const sizes = [...new Set(values)].sort((a, b) => a - b);
  const stride = Math.max(1, Math.ceil(sizes.length / (few ? 4.5 : 13)));
  return {
    ...common,
    type: 'log',
    base: 2,
    domain: [lo / 2 ** 0.25, hi * 2 ** 0.25],
    ticks: sizes.filter((_, i) => i % stride === 0),
    tickFormat: (size: number) => (size >= 10000 ? `${Math.round(size / 1024)}k` : String(size)),
  };
}

function yScale(
  { scale, include = [] }: Axis,
  rows: readonly (LineRow & { lo: number | null; hi: number | null })[],
): Plot.ScaleOptions {
  const values = [
    ...rows.flatMap((row) => [row.y, row.lo, row.hi]).filter((value) => value !== null),
    ...include,
  ];
  const [lo, hi] = extent(values);
  if (scale === 'log') {
    const air = (hi / lo) ** 0.05;
    const ticks = logTicks(lo / air, hi * air, 5);
    return { type: 'log', domain: [lo / air, hi * air], label: null, ticks, tickFormat: shortNumber };
  }
  const air = 0.06 * (hi - lo || 1);
  return { domain: [lo - air, hi + air], label: null, ticks: 5 };
}

function extent(values: readonly number[]): [number, number] {
  if (values.length === 0) return [1, 2];
  const lo = values.reduce((a, b) => Math.min(a, b));
  const hi = values.reduce((a, b) => Math.max(a, b));
  return lo === hi ? [lo / 2, hi * 2 || 1] : [lo, hi];
}

/** About `count` round numbers: powers of ten when there are several, else 1, 2, 5 times them, else whatever is round. */
function logTicks(lo: number, hi: number, count: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(lo) - 1e-9), Math.floor(Math.log10(hi) + 1e-9)];
  const powers = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => 10 ** (from + i));
  if (powers.length >= 3) return powers.filter((_, i) => i % Math.ceil(powers.length / (count + 1)) === 0);
  const inside = Array.from({ length: to - from + 3 }, (_, i) => 10 ** (from - 1 + i)).flatMap((ten) =>
    [1, 2, 5].map((digit) => digit * ten),
  );
  const round = inside.filter((tick) => tick >= lo * 0.999 && tick <= hi * 1.001);
  if (round.length >= 2) return round;
  const step = 10 ** Math.floor(Math.log10(hi - lo));
  return Array.from({ length: 40 }, (_, i) => (Math.ceil(lo / step) + i) * step).filter((tick) => tick <= hi);
}

/** 0.001, 0.5, 20, 1e-7: powers of ten in words that fit under a tick. */
function shortNumber(value: number): string {
  if (value >= 1e5 || value < 1e-3) return value.toExponential(0).replace('e+', 'e').replace('-', '−');
  return String(Number(value.toPrecision(3)));
}

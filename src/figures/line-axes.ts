// Axes of line figures: linear, logarithmic, and by batch sizes.
import * as Plot from '@observablehq/plot';

export interface Axis {
  label: string;
  scale: 'linear' | 'log' | 'batch';
  /** Values that the axis must show. */
  include?: readonly number[];
  /** What lies outside is cut off at this value. */
  min?: number;
  max?: number;
}

/** What a row shows on the vertical axis. */
interface PlottedRow {
  y: number | null;
  lo: number | null;
  hi: number | null;
}

const valuesOf = (rows: readonly PlottedRow[]): number[] =>
  rows.flatMap((row) => [row.y, row.lo, row.hi]).filter((value) => value !== null);

/** Where the vertical axis places the values of the rows, but for a factor. */
export const placesOf = ({ scale, include = [] }: Axis, rows: readonly PlottedRow[]): number[] =>
  [...valuesOf(rows), ...include].map((value) => (scale === 'log' ? Math.log(value) : value));

/**
 * Axes of logarithmic scales as marks of their own: Plot would leave out labels
 * that are not near a power of ten.
 */
export function logAxes(
  { x, y }: Record<'x' | 'y', Axis>,
  xScale: Plot.ScaleOptions,
  yScale: Plot.ScaleOptions,
): Plot.Markish[] {
  const text = (value: number) => shortNumber(value);
  return [
    ...(x.scale === 'log' ? [Plot.axisX(xScale.ticks as number[], { text, label: null })] : []),
    ...(y.scale === 'log' ? [Plot.axisY(yScale.ticks as number[], { text, label: null })] : []),
  ];
}

export function xScale(
  { scale, include = [] }: Axis,
  rows: readonly { x: number }[],
  few: boolean,
): Plot.ScaleOptions {
  const values = [...rows.map((row) => row.x), ...include];
  if (scale === 'linear') return { label: null, ticks: few ? 4 : 8, domain: extent(values) };
  const [lo, hi] = extent(values);
  if (scale === 'log') {
    const air = (hi / lo) ** 0.03;
    return {
      label: null,
      type: 'log',
      // Marks of the first and the last point stand whole within the frame.
      domain: [lo / air, hi * air],
      ticks: logTicks(lo, hi, few ? 3 : 6),
      tickFormat: shortNumber,
    };
  }
  const sizes = [...new Set(values)].sort((a, b) => a - b);
  const stride = Math.max(1, Math.ceil(sizes.length / (few ? 4.5 : 13)));
  return {
    label: null,
    type: 'log',
    base: 2,
    domain: [lo / 2 ** 0.25, hi * 2 ** 0.25],
    ticks: sizes.filter((_, i) => i % stride === 0),
    tickFormat: (size: number) => (size >= 10000 ? `${Math.round(size / 1024)}k` : String(size)),
  };
}

export function yScale({ scale, include = [] }: Axis, rows: readonly PlottedRow[]): Plot.ScaleOptions {
  const [lo, hi] = extent([...valuesOf(rows), ...include]);
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

/**
 * About `count` round numbers: powers of ten when there are several, else 1, 2,
 * 5 times them, else whatever is round.
 */
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

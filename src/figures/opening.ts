// Where the gap opens and where the gradient's noise says it should: the gap against batch size above,
// and on the same axis below it the batch size of the opening, measured and predicted.
import * as Plot from '@observablehq/plot';
import { addHead, headHeight, type LegendItem, textWidth } from './legend.ts';
import { armLooks, pointStyle } from './looks.ts';
import { batchSizeAxis, type FigureOptions, frame } from './theme.ts';

export interface OpeningRow {
  /** `gap`: a point of the curve. The others are lines of their own below it, in the order of the rows. */
  kind: 'gap' | 'measured' | 'predicted' | 'other';
  label: string;
  /** Batch size; null where it is not known (`note` says why). */
  x: number | null;
  /** The gap; null for the others. */
  y: number | null;
  /** 95% interval: of the gap, or of the batch size over seeds. */
  lo: number | null;
  hi: number | null;
  /** Smallest and largest batch size over training and seeds. */
  from: number | null;
  to: number | null;
  /** A gap on a learning rate that is not bracketed. */
  open: boolean;
  note: string;
}

export interface OpeningSpec {
  /** What the gap is, with its unit. */
  gap: string;
  /** The arm whose gap it is. */
  challenger: string;
  /** The gap at which it counts as open, nats. */
  margin: number;
}

/** Pixels of a line below the curve. */
const LINE = 20;
const CURVE = 210;

export function openingFigure(spec: OpeningSpec) {
  return (rows: readonly OpeningRow[], options: FigureOptions): SVGSVGElement => {
    const lines = rows.filter((row) => row.kind !== 'gap');
    const below = lines.length * LINE + 14;
    const { theme, narrow, ...base } = frame(options, 0);
    const width = Number(base.width);
    const curve = rows.filter((row) => row.kind === 'gap' && row.x !== null);
    const known = lines.filter((row) => row.x !== null);
    const sizes = curve.map((row) => row.x!);
    const reach = [
      ...sizes,
      ...known.flatMap((row) => [
        row.x!,
        row.lo ?? row.x!,
        row.hi ?? row.x!,
        row.from ?? row.x!,
        row.to ?? row.x!,
      ]),
    ];
    // Powers of four, so that predictions far outside what was run stay on the page.
    const ticks = powersOfFour(Math.min(1, ...reach), Math.max(4, ...reach));
    const values = curve.flatMap((row) => [row.y, row.lo, row.hi]).filter((value) => value !== null);
    const [lo, hi] = [Math.min(0, ...values), Math.max(0.1, spec.margin, ...values)];
    const air = 0.06 * (hi - lo);
    const top = hi + air;
    const floor = lo - air;
    // Units of the gap per pixel give the lines below their places on the same scale.
    const unit = (top - floor) / CURVE;
    const place = new Map(lines.map((row, i) => [row, floor - unit * (14 + LINE * (i + 0.5))]));
    const at = (row: OpeningRow) => place.get(row)!;
    const own = armLooks([...(options.optimizers ?? []), spec.challenger], theme)(spec.challenger);
    const colors = { gap: own.color, measured: own.color, predicted: theme.ink, other: theme.muted };
    const stroke = (row: OpeningRow) => colors[row.kind];
    const marginLeft = Math.min(0.42 * width, 16 + Math.max(40, ...lines.map((row) => textWidth(row.label))));
    const items: LegendItem[] = [
      { label: 'gap, 95% interval', shape: 'line', ...own },
      { label: 'opening: mean and 95% interval over seeds', shape: 'point', ...own },
    ];
    if (lines.some((row) => row.kind === 'predicted'))
      items.push({ label: 'predicted', shape: 'point', color: colors.predicted });
    if (known.some((row) => row.from !== null))
      items.push({ label: 'range over training and seeds', shape: 'thin', color: theme.muted });
    if (curve.some((row) => row.open))
      items.push({ label: 'unbracketed', shape: 'hollow', color: theme.ink });
    const head = headHeight(items, spec.gap, width);
    const measured = known.filter((row) => row.kind === 'measured');
    const svg = Plot.plot({
      ...base,
      height: head + CURVE + below + 46,
      marginTop: head,
      marginLeft,
      marginRight: 14,
      marginBottom: 46,
      ariaLabel: 'Gap against batch size, and the batch size at which it opens, measured and predicted',
      x: {
        ...batchSizeAxis(ticks, narrow),
        tickFormat: (size: number) => (size >= 10000 ? `${Math.round(size / 1024)}k` : String(size)),
      },
      y: { domain: [floor - unit * below, top], axis: null },
      marks: [
        Plot.gridX(ticks, { stroke: theme.grid, strokeOpacity: 1 }),
        Plot.axisY(niceTicks(lo, hi), { label: null, tickSize: 4 }),
        Plot.ruleY([0], { stroke: theme.ink, strokeWidth: 1.2 }),
        Plot.ruleY([spec.margin], { stroke: theme.muted, strokeDasharray: '2 3' }),
        Plot.ruleY([floor], { stroke: theme.grid }),
        Plot.areaY(curve, { x: 'x', y1: 'lo', y2: 'hi', fill: colors.gap, fillOpacity: 0.18 }),
        Plot.line(curve, { x: 'x', y: 'y', stroke: colors.gap, strokeWidth: 2 }),
        Plot.dot(curve, {
          ...pointStyle<OpeningRow>(
            () => own,
            theme.paper,
            (row) => row.open,
          ),
          x: 'x',
          y: 'y',
          r: 4,
        }),
        Plot.ruleX(measured, { x: 'x', y1: spec.margin, y2: at, stroke, strokeDasharray: '2 3' }),
        Plot.ruleY(
          known.filter((row) => row.from !== null),
          { y: at, x1: 'from', x2: 'to', stroke, strokeWidth: 1.2 },
        ),
        Plot.ruleY(
          known.filter((row) => row.lo !== null),
          { y: at, x1: 'lo', x2: 'hi', stroke, strokeWidth: 4, strokeOpacity: 0.5 },
        ),
        Plot.dot(known, {
          ...pointStyle<OpeningRow>(
            (row) => ({ color: stroke(row), mark: row.kind === 'measured' ? own.mark : 0 }),
            theme.paper,
          ),
          x: 'x',
          y: at,
          r: 4,
        }),
        Plot.text(lines, {
          y: at,
          frameAnchor: 'left',
          dx: -8,
          textAnchor: 'end',
          fontSize: narrow ? 10.5 : 12,
          text: 'label',
          fill: stroke,
        }),
        Plot.text(
          lines.filter((row) => row.x === null),
          { y: at, frameAnchor: 'left', dx: 6, text: 'note', fill: theme.muted },
        ),
      ],
    }) as SVGSVGElement;
    addHead(svg, items, spec.gap, theme);
    return svg;
  };
}

/** Powers of four that enclose both ends. */
function powersOfFour(low: number, high: number): number[] {
  const [from, to] = [Math.floor(Math.log2(low) / 2 + 1e-9), Math.ceil(Math.log2(high) / 2 - 1e-9)];
  return Array.from({ length: to - from + 1 }, (_, i) => 4 ** (from + i));
}

/** A handful of round numbers within the gap's range. */
function niceTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * ten).find((one) => one >= rough)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
}

// Named values side by side in panels: tuned losses of many arms, gaps of many models, shares of many kinds of layers.
import * as Plot from '@observablehq/plot';
import { addHead, headHeight, type LegendItem, textWidth } from './legend.ts';
import { armLooks, type Look, pointStyle } from './looks.ts';
import { type FigureOptions, frame } from './theme.ts';

export interface DotRow {
  /** Title of the panel; panels keep the order of the rows. */
  panel: string;
  label: string;
  /** The arm that the value is of, whose colour and mark it is drawn in; null for a value of several. */
  arm: string | null;
  /** Null where there is none: `note` says why. */
  value: number | null;
  lo: number | null;
  hi: number | null;
  /** Drawn hollow: the value stands on a learning rate that is not bracketed. */
  open: boolean;
  /** Written in place of a value. */
  note: string;
}

export interface DotsSpec {
  aria: string;
  /** What the values are, with their unit. */
  x: string;
  /** What the bars are. */
  bar: string;
  /** A line at this value. */
  rule?: number;
  /** A logarithmic axis on both sides of zero, linear within this distance of it: for values of very different sizes and both signs. */
  linearWithin?: number;
}

/** The axis of `values`, with a little air at its ends. */
function axisOf(values: readonly number[], { linearWithin: c }: DotsSpec, wanted: number) {
  const [lo, hi] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const air = (length: number) => 0.06 * (length || 1);
  if (c === undefined)
    return {
      domain: [lo - air(hi - lo), hi + air(hi - lo)],
      ticks: wanted,
      gridTicks: 5 as number | number[],
    };
  const place = (x: number) => Math.sign(x) * Math.log1p(Math.abs(x) / c);
  const value = (at: number) => Math.sign(at) * c * Math.expm1(Math.abs(at));
  const [from, to] = [place(lo), place(hi)];
  const domain = [value(from - air(to - from)), value(to + air(to - from))];
  const decades = Math.ceil(Math.log10(Math.max(-domain[0], domain[1], 10 * c) / c));
  // Every decade where there is room, every second or third where there is not; those at the linear part would stand on the zero.
  const sides = Number(domain[0] < -c) + Number(domain[1] > c);
  const stride = Math.max(1, Math.ceil((sides * decades) / (wanted + 2)));
  const sizes = Array.from({ length: decades + 1 }, (_, k) => Number((c * 10 ** k).toPrecision(1)));
  const ticks = [0, ...sizes.filter((_, k) => k > 0 && k % stride === 0).flatMap((size) => [-size, size])]
    .filter((x) => x >= domain[0] && x <= domain[1])
    .sort((a, b) => a - b);
  const type = 'symlog' as const;
  return {
    type,
    constant: c,
    domain,
    ticks,
    tickFormat: (x: number) => String(x).replace('-', '−'),
    gridTicks: ticks,
  };
}

/** A figure function for `spec`: one line per label, from top to bottom in the order of the rows. */
export function dotsFigure(
  spec: DotsSpec,
): (rows: readonly DotRow[], options: FigureOptions) => SVGSVGElement {
  return (rows, options) => {
    const { theme, narrow, ...base } = frame(options, 0);
    const width = Number(base.width);
    const names = [...new Set(rows.map((row) => row.panel))];
    const labels = [...new Set(rows.map((row) => row.label))];
    const marginLeft = Math.min(width / 3, 20 + Math.max(28, ...labels.map(textWidth)));
    const most = Math.max(1, Math.floor((width - marginLeft) / (narrow ? 240 : 190)));
    const down = Math.max(1, Math.ceil(names.length / most));
    const across = Math.max(1, Math.ceil(names.length / down));
    const fx = (row: { panel: string }) => names.indexOf(row.panel) % across;
    const fy = (row: { panel: string }) => Math.floor(names.indexOf(row.panel) / across);
    const known = rows.filter((row) => row.value !== null);
    const looks = armLooks([...(options.optimizers ?? []), ...rows.flatMap(({ arm }) => arm ?? [])], theme);
    const look = ({ arm }: DotRow): Look => (arm === null ? { color: theme.ink, mark: 0 } : looks(arm));
    const stroke = (row: DotRow) => look(row).color;
    const arms = [...new Set(rows.map(({ arm }) => arm))];
    // Where all are of one arm, the legend shows it; labels name the arms of others.
    const common = arms.length === 1 ? look(rows[0]) : { color: theme.muted, mark: 0 };
    const items: LegendItem[] = [{ label: 'mean over seeds', shape: 'point', ...common }];
    if (known.some((row) => row.lo !== null))
      items.push({ label: spec.bar, shape: 'bar', color: common.color });
    if (known.some((row) => row.open))
      items.push({ label: 'unbracketed', shape: 'hollow', color: theme.ink });
    const top = headHeight(items, width, true);
    const panelHeight = 16 + 22 * Math.max(1, labels.length);
    const values = known.flatMap((row) => [row.value!, row.lo ?? row.value!, row.hi ?? row.value!]);
    if (spec.rule !== undefined) values.push(spec.rule);
    const { gridTicks, ...x } = axisOf(values, spec, narrow || across > 2 ? 4 : 6);
    const svg = Plot.plot({
      ...base,
      height: top + 40 + down * panelHeight + (down - 1) * 34,
      marginTop: top,
      marginLeft,
      marginRight: 14,
      marginBottom: 40,
      ariaLabel: spec.aria,
      fx: { axis: null, padding: 0.08 },
      fy: { axis: null, padding: down > 1 ? 0.2 : 0 },
      x: { ...x, label: null },
      y: { domain: labels, label: null, type: 'point', padding: 0.6, tickSize: 0 },
      marks: [
        Plot.frame({ stroke: theme.grid }),
        Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: gridTicks as number[] }),
        Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, strokeDasharray: '1 3' }),
        ...(spec.rule === undefined
          ? []
          : [Plot.ruleX([spec.rule], { stroke: theme.ink, strokeWidth: 1.2 })]),
        Plot.text(
          names.map((panel) => ({ panel })),
          { fx, fy, frameAnchor: 'top-left', dy: -14, fontWeight: 600, text: 'panel' },
        ),
        Plot.ruleY(
          known.filter((row) => row.lo !== null),
          { fx, fy, y: 'label', x1: 'lo', x2: 'hi', stroke, strokeWidth: 2 },
        ),
        Plot.dot(known, {
          ...pointStyle(look, theme.paper, (row) => row.open),
          ...{ fx, fy, x: 'value', y: 'label', r: 4.5 },
        }),
        Plot.text(
          rows.filter((row) => row.value === null),
          { fx, fy, y: 'label', frameAnchor: 'left', dx: 6, fill: theme.muted, text: 'note' },
        ),
      ],
    }) as SVGSVGElement;
    addHead(svg, items, spec.x, theme);
    return svg;
  };
}

// Named values side by side in panels: tuned losses of many arms, gaps of many models,
// shares of many kinds of layers.
import * as Plot from '@observablehq/plot';
import { facetFigure, ownScale, squashes } from './facets.ts';
import { type LegendItem, textWidth } from './legend.ts';
import { armLooks, type Look, pointStyle } from './looks.ts';
import { type FigureOptions, frame } from './theme.ts';
import { told } from './told.ts';

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
  /**
   * A logarithmic axis on both sides of zero, linear within this distance of it:
   * for values of very different sizes and both signs.
   */
  linearWithin?: number;
}

/** Where the axis places a value, but for a factor. */
const placeOn = (x: number, { linearWithin: c }: Pick<DotsSpec, 'linearWithin'>): number =>
  c === undefined ? x : Math.sign(x) * Math.log1p(Math.abs(x) / c);

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
  const place = (x: number) => placeOn(x, { linearWithin: c });
  const value = (at: number) => Math.sign(at) * c * Math.expm1(Math.abs(at));
  const [from, to] = [place(lo), place(hi)];
  const domain = [value(from - air(to - from)), value(to + air(to - from))];
  const decades = Math.ceil(Math.log10(Math.max(-domain[0], domain[1], 10 * c) / c));
  // Every decade where there is room, every second or third where there is not;
  // those at the linear part would stand on the zero.
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
    const { theme } = frame(options, 0);
    const width = options.width ?? 720;
    const labels = [...new Set(rows.map((row) => row.label))];
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
    const valuesOf = (own: readonly DotRow[]) => {
      const values = own.flatMap((row) =>
        row.value === null ? [] : [row.value, row.lo ?? row.value, row.hi ?? row.value],
      );
      return spec.rule === undefined ? values : [...values, spec.rule];
    };
    const panels = [...Map.groupBy(rows, (row) => row.panel).values()];
    const isFree = squashes(panels.map((own) => valuesOf(own).map((value) => placeOn(value, spec))));
    return facetFigure(rows, options, {
      aria: spec.aria,
      items,
      yName: `${spec.x}${isFree ? ownScale : ''}`,
      xName: '',
      names: panels.map(([{ panel }]) => panel),
      panelOf: (row) => row.panel,
      least: 180,
      height: 12 + 22 * Math.max(1, labels.length),
      // A lone column has the labels; the others line up with it.
      left: [Math.min(width / 3, 20 + Math.max(28, ...labels.map(textWidth))), 6],
      panel(own, place) {
        const { gridTicks, ...x } = axisOf(valuesOf(isFree ? own : rows), spec, place.width < 260 ? 4 : 6);
        return {
          x: { ...x, label: null },
          y: {
            domain: labels,
            label: null,
            type: 'point',
            padding: 0.6,
            tickSize: 0,
            axis: place.column === 0 ? 'left' : null,
          },
          marks: [
            Plot.frame({ stroke: theme.grid }),
            Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: gridTicks as number[] }),
            Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, strokeDasharray: '1 3' }),
            ...(spec.rule === undefined
              ? []
              : [Plot.ruleX([spec.rule], { stroke: theme.ink, strokeWidth: 1.2 })]),
            Plot.ruleY(
              own.filter((row) => row.value !== null && row.lo !== null),
              { y: 'label', x1: 'lo', x2: 'hi', stroke, strokeWidth: 2 },
            ),
            Plot.dot(
              own.filter((row) => row.value !== null),
              {
                ...pointStyle(look, theme.paper, (row) => row.open),
                x: 'value',
                y: 'label',
                r: 4.5,
                ...told(options, null, say),
              },
            ),
            Plot.text(
              own.filter((row) => row.value === null),
              { y: 'label', frameAnchor: 'left', dx: 6, fill: theme.muted, text: 'note' },
            ),
          ],
        };
      },
    });
  };
}

const say = ({ panel, label, value, lo, hi, open }: DotRow): string => {
  const text = (x: number) => String(Number(x.toPrecision(4))).replace('-', '−');
  return [
    [label, panel].filter(Boolean).join(', '),
    text(value!),
    ...(lo === null || hi === null ? [] : [`from ${text(lo)} to ${text(hi)}`]),
    ...(open ? ['unbracketed'] : []),
  ].join('\n');
};

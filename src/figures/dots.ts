// Named values side by side in panels: tuned losses of many arms, gaps of many models, shares of many kinds of layers.
import * as Plot from '@observablehq/plot';
import { addHead, headHeight, type LegendItem, textWidth } from './legend.ts';
import { type FigureOptions, frame } from './theme.ts';

export interface DotRow {
  /** Title of the panel; panels keep the order of the rows. */
  panel: string;
  label: string;
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
    const color = theme.color(0);
    const items: LegendItem[] = [{ label: 'mean over seeds', shape: 'point', color }];
    if (known.some((row) => row.lo !== null)) items.push({ label: spec.bar, shape: 'bar', color });
    if (known.some((row) => row.open))
      items.push({ label: 'unbracketed', shape: 'hollow', color: theme.ink });
    const top = headHeight(items, width, true);
    const panelHeight = 16 + 22 * Math.max(1, labels.length);
    const values = known.flatMap((row) => [row.value!, row.lo ?? row.value!, row.hi ?? row.value!]);
    if (spec.rule !== undefined) values.push(spec.rule);
    const [lo, hi] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1];
    const air = 0.06 * (hi - lo || 1);
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
      x: { domain: [lo - air, hi + air], label: null, ticks: narrow || across > 2 ? 4 : 6 },
      y: { domain: labels, label: null, type: 'point', padding: 0.6, tickSize: 0 },
      marks: [
        Plot.frame({ stroke: theme.grid }),
        Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: 5 }),
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
          { fx, fy, y: 'label', x1: 'lo', x2: 'hi', stroke: color, strokeWidth: 2 },
        ),
        Plot.dot(known, {
          ...{ fx, fy, x: 'value', y: 'label', r: 4.5, stroke: color, strokeWidth: 2 },
          fill: (row: DotRow) => (row.open ? theme.paper : color),
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

// Loss by token frequency over training: one line per frequency group, one panel per run.
import * as Plot from '@observablehq/plot';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { type FigureOptions, frame } from './theme.ts';

export interface ImbalanceRow {
  panel: string;
  tokens: number;
  /** From 1, the most frequent tokens, to `groups`. */
  group: number;
  groups: number;
  loss: number | null;
}

/** From blue (frequent) over grey to vermilion (rare): the ends of the palette, told apart with any kind of sight. */
const ramp = (share: number): string => {
  const ends = [
    [0, 114, 178],
    [150, 150, 150],
    [213, 94, 0],
  ];
  const at = share * 2;
  const from = Math.min(1, Math.floor(at));
  const mixed = ends[from].map((c, i) => Math.round(c + (ends[from + 1][i] - c) * (at - from)));
  return `rgb(${mixed.join(',')})`;
};

export function imbalanceFigure(rows: readonly ImbalanceRow[], options: FigureOptions): SVGSVGElement {
  const { theme, narrow, ...base } = frame(options, 0);
  const width = Number(base.width);
  const names = [...new Set(rows.map((row) => row.panel))];
  const most = Math.max(1, Math.floor(width / (narrow ? 300 : 230)));
  const down = Math.max(1, Math.ceil(names.length / most));
  const across = Math.max(1, Math.ceil(names.length / down));
  const fx = (row: { panel: string }) => names.indexOf(row.panel) % across;
  const fy = (row: { panel: string }) => Math.floor(names.indexOf(row.panel) / across);
  const groups = Math.max(2, ...rows.map((row) => row.groups));
  const stroke = (row: ImbalanceRow) => ramp((row.group - 1) / (row.groups - 1));
  const items: LegendItem[] = [1, Math.ceil(groups / 2), groups].map((group, i) => ({
    label: ['most frequent tokens', `group ${group} of ${groups}`, 'rarest tokens'][i],
    shape: 'thin',
    color: ramp((group - 1) / (groups - 1)),
  }));
  const top = headHeight(items, width, true);
  const largest = Math.max(1, ...rows.map((row) => row.tokens));
  const unit = largest >= 2e6 ? 1e6 : 1e3;
  const svg = Plot.plot({
    ...base,
    height: top + 50 + down * 200 + (down - 1) * 26,
    marginTop: top,
    marginLeft: 40,
    marginRight: 14,
    marginBottom: 46,
    ariaLabel: 'Validation loss by token frequency over training, one panel per run',
    fx: { axis: null, padding: 0.13 },
    fy: { axis: null, padding: 0.2 },
    x: {
      domain: [0, largest],
      label: `tokens trained on (${unit === 1e6 ? 'millions' : 'thousands'})`,
      labelAnchor: 'center',
      labelOffset: 36,
      labelArrow: 'none',
      ticks: narrow || across > 1 ? 3 : 6,
      tickFormat: (tokens: number) => String(tokens / unit),
    },
    y: { zero: true, label: null, ticks: 5 },
    marks: [
      Plot.frame({ stroke: theme.grid }),
      Plot.gridY({ ticks: 5, stroke: theme.grid, strokeOpacity: 1 }),
      Plot.text(
        names.map((panel) => ({ panel })),
        { fx, fy, frameAnchor: 'top-left', dy: -14, fontWeight: 600, text: 'panel' },
      ),
      Plot.line(rows, { fx, fy, x: 'tokens', y: 'loss', z: 'group', stroke, strokeWidth: 1.6 }),
      Plot.dot(rows, { fx, fy, x: 'tokens', y: 'loss', r: 1.8, fill: stroke }),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, 'validation loss of the group (nats/token)', theme);
  return svg;
}

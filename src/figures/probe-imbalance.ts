// Loss by token frequency over training: one line per frequency group, one panel per run.
import * as Plot from '@observablehq/plot';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { levelLook, pointStyle } from './looks.ts';
import { type FigureOptions, frame } from './theme.ts';

export interface ImbalanceRow {
  panel: string;
  tokens: number;
  /** From 1, the most frequent tokens, to `groups`. */
  group: number;
  groups: number;
  loss: number | null;
}

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
  const look = (row: Pick<ImbalanceRow, 'group' | 'groups'>) => levelLook(row.group - 1, row.groups, theme);
  const items: LegendItem[] = [1, Math.ceil(groups / 2), groups].map((group, i) => ({
    label: ['most frequent tokens', `group ${group} of ${groups}`, 'rarest tokens'][i],
    shape: 'line',
    ...look({ group, groups }),
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
      Plot.line(rows, {
        fx,
        fy,
        x: 'tokens',
        y: 'loss',
        z: 'group',
        stroke: (row: ImbalanceRow) => look(row).color,
        strokeWidth: 1.6,
      }),
      Plot.dot(rows, {
        ...pointStyle(look, theme.paper),
        fx,
        fy,
        x: 'tokens',
        y: 'loss',
        r: 2.2,
        strokeWidth: 0,
      }),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, 'validation loss of the group (nats/token)', theme);
  return svg;
}

// Figure 1: how much worse the challenger is than the baseline at each batch size,
// with the interval of the seeds.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { signed } from '../core/decimals.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { armLooks, pointStyle } from './looks.ts';
import { divergedAtTop } from './outside.ts';
import type { GapRow } from './rows.ts';
import { batchSizeAxis, type FigureOptions, frame, lossUnit } from './theme.ts';
import { told } from './told.ts';

/** The gap against batch size (log2), one line per challenger, zero being the baseline itself. */
export function gapFigure(rows: readonly GapRow[], options: FigureOptions): SVGSVGElement {
  const { theme, narrow, ...base } = frame(options, (options.width ?? 720) < 500 ? 300 : 360);
  const challengers = [...new Set(rows.map((row) => row.challenger))];
  const looks = armLooks([...(options.optimizers ?? []), ...challengers], theme);
  const baseline = displayName(rows[0]?.baseline ?? 'the baseline');
  const challenger = challengers.length === 1 ? displayName(challengers[0]) : 'each optimizer';
  // Rows without a gap break the line: nothing is known between their neighbours.
  const data = [...rows].sort((a, b) => a.batchSize - b.batchSize);
  const known = data.filter((row) => row.gap !== null);
  const withInterval = known.filter((row) => row.lo !== null);
  const diverged = data.filter((row) => row.gap === null && row.status === 'diverged');
  // What bands and pale points mean is said in the challenger's colour where there is one.
  const common = challengers.length === 1 ? looks(challengers[0]) : { color: theme.muted };
  const entry = (name: string) => `${displayName(name)} − ${baseline}, tuned`;
  const items: LegendItem[] = challengers.map((name) => {
    return { label: entry(name), shape: 'line', ...looks(name) };
  });
  if (withInterval.length > 0) items.push({ label: '95% interval', shape: 'band', color: common.color });
  if (withInterval.length < known.length)
    items.push({ label: 'one seed, no interval', shape: 'dot', ...common });
  if (known.some((row) => !row.bracketed))
    items.push({ label: 'unbracketed', shape: 'hollow', color: theme.ink });
  if (diverged.length > 0) items.push({ label: 'every run diverged', shape: 'cross', color: theme.ink });
  const name = `gap: ${challenger} − ${baseline} (${lossUnit(options)}); above 0: ${baseline} is better`;
  const top = headHeight(items, name, Number(base.width));
  const values = known.flatMap((row) => [row.gap!, row.lo ?? row.gap!, row.hi ?? row.gap!]);
  const [lo, hi] = [Math.min(0, ...values), Math.max(0.1, ...values)];
  const air = 0.08 * (hi - lo);
  const look = (row: GapRow) => looks(row.challenger);
  const stroke = (row: GapRow) => look(row).color;
  const ofEntry = told(options, (row: GapRow) => entry(row.challenger));
  const svg = Plot.plot({
    ...base,
    marginTop: top,
    marginLeft: 48,
    marginRight: 12,
    marginBottom: 48,
    ariaLabel: `Gap between ${challenger} and ${baseline} against batch size`,
    x: batchSizeAxis(
      rows.map((row) => row.batchSize),
      narrow,
    ),
    y: {
      domain: [lo - air, hi + air],
      label: null,
      ticks: narrow ? 5 : 7,
    },
    marks: [
      Plot.gridY({ stroke: theme.grid, strokeOpacity: 1 }),
      Plot.ruleY([0], { stroke: theme.ink, strokeWidth: 1.2 }),
      Plot.areaY(data, {
        x: 'batchSize',
        y1: 'lo',
        y2: 'hi',
        z: 'challenger',
        fill: stroke,
        fillOpacity: 0.18,
        ...ofEntry,
      }),
      Plot.ruleX(withInterval, { x: 'batchSize', y1: 'lo', y2: 'hi', stroke, strokeWidth: 1.2, ...ofEntry }),
      Plot.line(data, { x: 'batchSize', y: 'gap', z: 'challenger', stroke, strokeWidth: 2, ...ofEntry }),
      Plot.dot(known, {
        ...pointStyle(look, theme.paper, (row) => !row.bracketed),
        x: 'batchSize',
        y: 'gap',
        r: 4.5,
        fillOpacity: (row: GapRow) => (row.bracketed && row.lo === null ? 0.4 : 1),
        ...told(options, (row: GapRow) => entry(row.challenger), say),
      }),
      ...divergedAtTop(diverged, look, theme),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, name, theme);
  return svg;
}

const say = ({ batchSize, baseline, challenger, gap, lo, hi, seeds, bracketed }: GapRow): string =>
  [
    `${displayName(challenger)} − ${displayName(baseline)} at batch size ${batchSize}`,
    `gap ${signed(gap!)}`,
    lo === null || hi === null
      ? 'one seed, no interval'
      : `95% interval ${signed(lo)} to ${signed(hi)}, ${seeds} seeds`,
    ...(bracketed ? [] : ['not bracketed: a better learning rate may exist']),
  ].join('\n');

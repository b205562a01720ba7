// Figure 3: loss against learning rate at each batch size: how each optimum was found, and whether it is one.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { panelGround, panels } from './facets.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { armLooks, pointStyle } from './looks.ts';
import { aboveMarks, divergedMarks } from './outside.ts';
import type { LrCurveRow } from './rows.ts';
import { type FigureOptions, frame, lossUnit } from './theme.ts';

/** Nats above the worst optimum at which the panels end: what lies higher is drawn under an arrow on the upper edge. */
const headroom = 0.8;

/** One panel per batch size; the optimum is a large point, hollow when unbracketed; diverged runs are crosses. */
export function lrCurvesFigure(rows: readonly LrCurveRow[], options: FigureOptions): SVGSVGElement {
  const width = options.width ?? 720;
  const grid = panels(
    rows.map((row) => row.batchSize),
    width,
  );
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const bests = rows.filter((row) => row.best);
  const done = rows.filter((row) => row.valLoss !== null);
  const losses = done.map((row) => row.valLoss!);
  const lowest = losses.length > 0 ? Math.min(...losses) : 0;
  const highest = losses.length > 0 ? Math.max(...losses) : 1;
  const cap = Math.min(highest, Math.max(lowest, ...bests.map((row) => row.valLoss!)) + headroom);
  const span = Math.max(cap - lowest, 0.1);
  const inside = done.filter((row) => row.valLoss! <= cap);
  const above = done.filter((row) => row.valLoss! > cap);
  const diverged = rows.filter((row) => row.valLoss === null);

  const { theme, ...base } = frame(options, 0);
  const looks = armLooks([...(options.optimizers ?? []), ...optimizers], theme);
  const items: LegendItem[] = optimizers.map((name) => {
    return { label: displayName(name), shape: 'line', ...looks(name) };
  });
  items.push({ label: 'optimum', shape: 'point', color: theme.muted });
  if (bests.some((row) => !row.bracketed))
    items.push({ label: 'best at the edge: unbracketed', shape: 'hollow', color: theme.ink });
  if (diverged.length > 0) items.push({ label: 'diverged', shape: 'cross', color: theme.muted });
  if (above.length > 0) items.push({ label: 'above the scale', shape: 'above', color: theme.muted });
  const top = headHeight(items, width, true);

  const look = (row: LrCurveRow) => looks(row.optimizer);
  const stroke = (row: LrCurveRow) => look(row).color;
  const place = {
    fx: (row: LrCurveRow) => grid.column(row.batchSize),
    fy: (row: LrCurveRow) => grid.row(row.batchSize),
  };
  const series = (row: LrCurveRow) => `${row.batchSize} ${row.optimizer} ${row.hyper}`;
  const svg = Plot.plot({
    ...base,
    height: top + 50 + grid.rows * 165,
    marginTop: top,
    marginLeft: 46,
    marginRight: 12,
    marginBottom: 48,
    ariaLabel: 'Validation loss against learning rate, one panel per batch size',
    fx: { axis: null, padding: 0.12 },
    fy: { axis: null, padding: 0.2 },
    x: {
      type: 'log',
      label: 'learning rate (peak, log scale)',
      labelAnchor: 'center',
      labelOffset: 38,
      labelArrow: 'none',
      ticks: decades(
        rows.map((row) => row.lr),
        width < 500 ? 3 : 4,
      ),
      tickFormat: shortLr,
      inset: 8,
      ...(rows.length === 0 ? { domain: [1e-3, 1] } : {}),
    },
    y: {
      domain: [lowest - 0.06 * span, cap + 0.22 * span],
      label: null,
      ticks: 4,
    },
    marks: [
      ...panelGround(grid, theme),
      Plot.line(inside, { ...place, x: 'lr', y: 'valLoss', z: series, stroke, strokeWidth: 1.5 }),
      Plot.dot(inside, {
        ...place,
        ...pointStyle(look, theme.paper),
        x: 'lr',
        y: 'valLoss',
        r: 2.2,
        strokeWidth: 0,
      }),
      Plot.dot(
        bests.filter((row) => row.valLoss! <= cap),
        {
          ...place,
          ...pointStyle(look, theme.paper, (row) => !row.bracketed),
          x: 'lr',
          y: 'valLoss',
          r: 5,
        },
      ),
      ...aboveMarks(above, { ...place, x: 'lr', y: cap + 0.1 * span }, look, theme),
      ...divergedMarks(diverged, { ...place, x: 'lr', y: cap + 0.13 * span }, look, theme),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, `validation loss (${lossUnit(options)})`, theme);
  return svg;
}

/** Powers of ten within the learning rates, at most `most` of them. */
function decades(lrs: readonly number[], most: number): number[] {
  const logs = lrs.map(Math.log10);
  const [first, last] = [Math.ceil(Math.min(...logs)), Math.floor(Math.max(...logs))];
  const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
  // Within one decade there may be no power of ten at all: the ends will do.
  if (all.length === 0) return [...new Set([Math.min(...lrs), Math.max(...lrs)])].filter(Number.isFinite);
  const stride = Math.ceil(all.length / most);
  return all.filter((_, i) => i % stride === 0);
}

/** 0.001 stays, 0.00001 becomes 1e-5: learning rates as people write them. */
function shortLr(lr: number): string {
  return lr >= 0.001 && lr < 1e4 ? String(Number(lr.toPrecision(3))) : lr.toExponential(0).replace('e+', 'e');
}

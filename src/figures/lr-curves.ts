// Figure 3: loss against learning rate at each batch size: how each optimum was found, and whether it is one.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { decimals } from '../core/decimals.ts';
import { batchPanel, batchPanels, facetFigure, ownScale, squashes } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { armLooks, pointStyle } from './looks.ts';
import { aboveMarks, divergedMarks } from './outside.ts';
import type { LrCurveRow } from './rows.ts';
import { type FigureOptions, frame, lossUnit } from './theme.ts';
import { told } from './told.ts';

/**
 * Nats above the worst optimum at which the panels end: what lies higher is drawn
 * under an arrow on the upper edge.
 */
const headroom = 0.8;

/**
 * One panel per batch size; the optimum is a large point, hollow when unbracketed; diverged runs are crosses.
 */
export function lrCurvesFigure(rows: readonly LrCurveRow[], options: FigureOptions): SVGSVGElement {
  const { theme } = frame(options, 0);
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const looks = armLooks([...(options.optimizers ?? []), ...optimizers], theme);
  const look = (row: LrCurveRow) => looks(row.optimizer);
  const entry = (row: LrCurveRow) => displayName(row.optimizer);
  const panels = [...Map.groupBy(rows, (row) => row.batchSize).values()];
  const isFree = squashes(panels.map((own) => insideOf(own).map((row) => row.valLoss!)));
  const items: LegendItem[] = optimizers.map((name) => {
    return { label: displayName(name), shape: 'line', ...looks(name) };
  });
  items.push({ label: 'optimum', shape: 'point', color: theme.muted });
  if (rows.some((row) => row.best && !row.bracketed))
    items.push({ label: 'best at the edge: unbracketed', shape: 'hollow', color: theme.ink });
  if (rows.some((row) => row.valLoss === null))
    items.push({ label: 'diverged', shape: 'cross', color: theme.muted });
  if ((isFree ? panels : [rows]).some((own) => insideOf(own).length < own.filter(isDone).length))
    items.push({ label: 'above the scale', shape: 'above', color: theme.muted });
  const rates = rows.map((row) => row.lr);
  const [least, most] = rates.length > 0 ? [Math.min(...rates), Math.max(...rates)] : [1e-3, 1];
  return facetFigure(rows, options, {
    aria: 'Validation loss against learning rate, one panel per batch size',
    items,
    yName: `validation loss (${lossUnit(options)})${isFree ? ownScale : ''}`,
    xName: 'learning rate (peak, log scale)',
    names: batchPanels(rows),
    panelOf: (row) => batchPanel(row.batchSize),
    least: 170,
    height: 130,
    left: [46, 46],
    panel(own, { width }) {
      const { lowest, cap, span } = scaleOf(isFree ? own : rows);
      const inside = own.filter((row) => isDone(row) && row.valLoss! <= cap);
      const above = own.filter((row) => isDone(row) && row.valLoss! > cap);
      const diverged = own.filter((row) => !isDone(row));
      return {
        x: {
          type: 'log',
          // Equal rates have no logarithmic axis between them.
          domain: least === most ? [least / 2, most * 2] : [least, most],
          label: null,
          ticks: decades(rates, Math.max(2, Math.floor(width / 50))),
          tickFormat: shortLr,
          inset: 8,
        },
        y: { domain: [lowest - 0.06 * span, cap + 0.22 * span], label: null, ticks: 4 },
        marks: [
          Plot.frame({ stroke: theme.grid }),
          Plot.gridY({ ticks: 4, stroke: theme.grid, strokeOpacity: 1 }),
          Plot.line(inside, {
            x: 'lr',
            y: 'valLoss',
            z: (row: LrCurveRow) => `${row.optimizer} ${row.hyper}`,
            stroke: (row: LrCurveRow) => look(row).color,
            strokeWidth: 1.5,
            ...told(options, entry),
          }),
          Plot.dot(inside, {
            ...pointStyle(look, theme.paper),
            x: 'lr',
            y: 'valLoss',
            r: 2.2,
            strokeWidth: 0,
            ...told(options, entry, say),
          }),
          Plot.dot(
            inside.filter((row) => row.best),
            {
              ...pointStyle(look, theme.paper, (row) => !row.bracketed),
              x: 'lr',
              y: 'valLoss',
              r: 5,
              ...told(options, entry),
            },
          ),
          ...aboveMarks(above, { x: 'lr', y: cap + 0.1 * span, ...told(options, entry, say) }, look, theme),
          ...divergedMarks(
            diverged,
            { x: 'lr', y: cap + 0.13 * span, ...told(options, entry, say) },
            look,
            theme,
          ),
        ],
      };
    },
  });
}

const isDone = (row: LrCurveRow) => row.valLoss !== null;

/** The scale of losses: up to a little above the worst optimum. */
function scaleOf(rows: readonly LrCurveRow[]) {
  const losses = rows.filter(isDone).map((row) => row.valLoss!);
  const lowest = losses.length > 0 ? Math.min(...losses) : 0;
  const highest = losses.length > 0 ? Math.max(...losses) : 1;
  const bests = rows.filter((row) => row.best).map((row) => row.valLoss!);
  const cap = Math.min(highest, Math.max(lowest, ...bests) + headroom);
  return { lowest, cap, span: Math.max(cap - lowest, 0.1) };
}

function insideOf(rows: readonly LrCurveRow[]): LrCurveRow[] {
  const { cap } = scaleOf(rows);
  return rows.filter((row) => isDone(row) && row.valLoss! <= cap);
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
export function shortLr(lr: number): string {
  return lr >= 0.001 && lr < 1e4
    ? String(Number(lr.toPrecision(3)))
    : lr.toExponential(0).replace('e+', 'e').replace('-', '−');
}

/** What is said of a setting. */
const say = (row: LrCurveRow): string =>
  [
    `${displayName(row.optimizer)}, batch size ${row.batchSize}`,
    `learning rate ${shortLr(row.lr)}${row.hyper ? `, ${row.hyper}` : ''}`,
    row.valLoss === null ? 'diverged' : `loss ${decimals(row.valLoss, 4)}${row.best ? ': the optimum' : ''}`,
    ...(row.best && !row.bracketed ? ['not bracketed: a better learning rate may exist'] : []),
  ].join('\n');

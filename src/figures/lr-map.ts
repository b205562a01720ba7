// The map of learning rates: for each optimizer, how far every setting of every
// batch size is above the best one there.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { decimals } from '../core/decimals.ts';
import { median } from '../core/quantile.ts';
import { facetFigure } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { armLooks, pointStyle } from './looks.ts';
import { shortLr } from './lr-curves.ts';
import type { LrCurveRow } from './rows.ts';
import { type FigureOptions, frame, lossUnit } from './theme.ts';
import { told } from './told.ts';

/** Nats above the best at which cells have the palest colour. */
const farthest = 1;

interface Place {
  row: LrCurveRow;
  /** Place of the batch size, from 0. */
  column: number;
  /** Ends of the cell on the axis of learning rates. */
  from: number;
  to: number;
  /** Nats above the best of the batch size; null where diverged. */
  above: number | null;
}

/** One panel per optimizer; the optimum is a point, hollow where no worse rate is known beyond it. */
export function lrMapFigure(rows: readonly LrCurveRow[], options: FigureOptions): SVGSVGElement {
  const { theme, narrow } = frame(options, 0);
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const batchSizes = [...new Set(rows.map((row) => row.batchSize))].sort((a, b) => a - b);
  const looks = armLooks([...(options.optimizers ?? []), ...optimizers], theme);
  const shade = (above: number) => theme.level(1 - Math.min(1, above / farthest));
  const items: LegendItem[] = [{ label: 'optimum', shape: 'point', color: theme.muted }];
  if (rows.some((row) => row.best && !row.bracketed))
    items.push({ label: 'best at the edge: unbracketed', shape: 'hollow', color: theme.ink });
  if (rows.some((row) => row.valLoss === null))
    items.push({ label: 'diverged', shape: 'cross', color: theme.ink });
  for (const [above, label] of [
    [0, 'as the optimum'],
    [farthest / 2, `${farthest / 2} above it`],
    [farthest, `${farthest} or more above`],
  ] as const)
    items.push({ label, shape: 'square', color: shade(above) });
  return facetFigure(rows, options, {
    aria: 'Validation loss above the best, by learning rate and batch size, one panel per optimizer',
    items,
    yName: `learning rate (peak, log scale); colours: validation loss above the optimum (${lossUnit(options)})`,
    xName: 'batch size (sequences per step)',
    names: optimizers.map(displayName),
    panelOf: (row) => displayName(row.optimizer),
    least: Math.max(150, 30 * batchSizes.length),
    height: narrow ? 170 : 200,
    left: [50, 50],
    panel(own) {
      const places = placesOf(own, batchSizes);
      const look = ({ row }: Place) => looks(row.optimizer);
      const known = places.filter(({ above }) => above !== null);
      const spot = { x: 'column', y: ({ row }: Place) => row.lr };
      return {
        x: {
          domain: [-0.5, batchSizes.length - 0.5],
          ticks: batchSizes.map((_, i) => i),
          tickFormat: (i: number) => String(batchSizes[i]),
          tickSize: 0,
          label: null,
        },
        y: {
          type: 'log',
          domain:
            own.length > 0
              ? [Math.min(...places.map((p) => p.from)), Math.max(...places.map((p) => p.to))]
              : [0.001, 1],
          label: null,
          ticks: 5,
          tickFormat: shortLr,
        },
        marks: [
          Plot.frame({ stroke: theme.grid }),
          Plot.rect(known, {
            x1: ({ column }) => column - 0.46,
            x2: ({ column }) => column + 0.46,
            y1: 'from',
            y2: 'to',
            inset: 0.5,
            fill: ({ above }) => shade(above!),
            ...told(options, ({ row }: Place) => displayName(row.optimizer), say),
          }),
          Plot.dot(
            places.filter(({ above }) => above === null),
            {
              ...spot,
              symbol: 'times',
              r: 3.5,
              stroke: theme.ink,
              strokeWidth: 1.6,
              ...told(options, () => 'diverged', say),
            },
          ),
          Plot.dot(
            places.filter(({ row }) => row.best),
            { ...pointStyle(look, theme.paper, ({ row }) => !row.bracketed), ...spot, r: 5 },
          ),
        ],
      };
    },
  });
}

/**
 * Of several settings at one rate, the best one is shown. A cell reaches half of the way to its neighbours.
 */
function placesOf(rows: readonly LrCurveRow[], batchSizes: readonly number[]): Place[] {
  return [...Map.groupBy(rows, (row) => row.batchSize)].flatMap(([batchSize, own]) => {
    const lowest = own.reduce((least, row) => Math.min(least, row.valLoss ?? Infinity), Infinity);
    const rates = [...Map.groupBy(own, (row) => row.lr)].sort(([a], [b]) => a - b);
    const logs = rates.map(([lr]) => Math.log(lr));
    const usual = logs.length > 1 ? median(logs.slice(1).map((log, i) => log - logs[i]))! : Math.LN2;
    const half = (i: number, side: -1 | 1) => {
      const next = logs[i + side];
      return (next === undefined ? usual : Math.min(usual, Math.abs(next - logs[i]))) / 2;
    };
    return rates.map(([lr, settings], i): Place => {
      const loss = (row: LrCurveRow) => row.valLoss ?? Infinity;
      const row = settings.find(({ best }) => best) ?? settings.reduce((a, b) => (loss(b) < loss(a) ? b : a));
      return {
        row,
        column: batchSizes.indexOf(batchSize),
        from: lr * Math.exp(-half(i, -1)),
        to: lr * Math.exp(half(i, 1)),
        above: row.valLoss === null ? null : row.valLoss - lowest,
      };
    });
  });
}

const say = ({ row, above }: Place): string =>
  [
    `${displayName(row.optimizer)}, batch size ${row.batchSize}`,
    `learning rate ${shortLr(row.lr)}${row.hyper ? `, ${row.hyper}` : ''}`,
    above === null
      ? 'diverged'
      : `loss ${decimals(row.valLoss!, 4)}${row.best ? ': the optimum' : `, ${decimals(above, 4)} above the optimum`}`,
    ...(row.best && !row.bracketed ? ['not bracketed: no worse rate is known on one side'] : []),
  ].join('\n');

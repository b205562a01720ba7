// Figure 2: the loss that each optimizer reaches at each batch size when its learning rate is tuned there.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { decimals } from '../core/decimals.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { armLooks, pointStyle } from './looks.ts';
import { divergedAtTop } from './outside.ts';
import type { TunedLossRow } from './rows.ts';
import { batchSizeAxis, type FigureOptions, frame, lossUnit } from './theme.ts';
import { told } from './told.ts';

/** Mean over seeds against batch size (log2), the range of the seeds as a bar, unbracketed cells hollow. */
export function tunedLossFigure(rows: readonly TunedLossRow[], options: FigureOptions): SVGSVGElement {
  const { theme, narrow, ...base } = frame(options, (options.width ?? 720) < 500 ? 300 : 360);
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const looks = armLooks([...(options.optimizers ?? []), ...optimizers], theme);
  // Rows without a loss break the line: nothing is known between their neighbours.
  const sorted = [...rows].sort((a, b) => a.batchSize - b.batchSize);
  const data = sorted.filter((row) => row.valLoss !== null);
  const diverged = rows.filter((row) => row.valLoss === null && row.status === 'diverged');
  const items: LegendItem[] = optimizers.map((name) => {
    return { label: displayName(name), shape: 'line', ...looks(name) };
  });
  if (data.some((row) => row.seeds > 1))
    items.push({ label: 'range of seeds', shape: 'bar', color: theme.muted });
  if (data.some((row) => !row.bracketed))
    items.push({ label: 'unbracketed', shape: 'hollow', color: theme.ink });
  if (diverged.length > 0) items.push({ label: 'every run diverged', shape: 'cross', color: theme.ink });
  const look = (row: TunedLossRow) => looks(row.optimizer);
  const stroke = (row: TunedLossRow) => look(row).color;
  const entry = (row: TunedLossRow) => displayName(row.optimizer);
  const ofEntry = told(options, entry);
  const name = `tuned validation loss (${lossUnit(options)})`;
  const svg = Plot.plot({
    ...base,
    marginTop: headHeight(items, name, Number(base.width)),
    marginLeft: 48,
    marginRight: 12,
    marginBottom: 48,
    ariaLabel: 'Tuned validation loss against batch size',
    x: batchSizeAxis(
      rows.map((row) => row.batchSize),
      narrow,
    ),
    y: {
      label: null,
      nice: true,
      ticks: narrow ? 5 : 7,
      ...(data.length === 0 ? { domain: [0, 1] } : {}),
    },
    marks: [
      Plot.gridY({ stroke: theme.grid, strokeOpacity: 1 }),
      Plot.ruleX(data, { x: 'batchSize', y1: 'lowest', y2: 'highest', stroke, strokeWidth: 1.5, ...ofEntry }),
      Plot.line(sorted, { x: 'batchSize', y: 'valLoss', z: 'optimizer', stroke, strokeWidth: 2, ...ofEntry }),
      Plot.dot(data, {
        ...pointStyle(look, theme.paper, (row) => !row.bracketed),
        x: 'batchSize',
        y: 'valLoss',
        r: 4.5,
        ...told(options, entry, say),
      }),
      ...divergedAtTop(diverged, look, theme),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, name, theme);
  return svg;
}

const say = ({ optimizer, batchSize, valLoss, lowest, highest, seeds, bracketed }: TunedLossRow): string =>
  [
    `${displayName(optimizer)} at batch size ${batchSize}`,
    `loss ${decimals(valLoss!, 4)}`,
    seeds > 1 ? `${seeds} seeds, from ${decimals(lowest!, 4)} to ${decimals(highest!, 4)}` : 'one seed',
    ...(bracketed ? [] : ['not bracketed: a better learning rate may exist']),
  ].join('\n');

// Figure 4: how the winners got there: training loss against tokens at each batch size.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { decimals } from '../core/decimals.ts';
import { batchPanel, batchPanels, facetFigure, ownScale, squashes } from './facets.ts';
import type { LegendItem } from './legend.ts';
import { armLooks, pointStyle, sparse } from './looks.ts';
import type { TrainingCurveRow } from './rows.ts';
import { type FigureOptions, frame, lossUnit } from './theme.ts';
import { pointed, told } from './told.ts';

/** One panel per batch size; the first descent, common to all, may be cut at the top. */
export function trainingCurvesFigure(
  rows: readonly TrainingCurveRow[],
  options: FigureOptions,
): SVGSVGElement {
  const { theme } = frame(options, 0);
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const looks = armLooks([...(options.optimizers ?? []), ...optimizers], theme);
  const look = (row: TrainingCurveRow) => looks(row.optimizer);
  const panels = [...Map.groupBy(rows, (row) => row.batchSize).values()];
  const isFree = squashes(panels.map((own) => own.map((row) => Math.min(row.loss, capOf(own)))));
  const most = Math.max(0, ...rows.map((row) => row.tokens));
  const unit =
    most >= 2e6 ? { size: 1e6, name: 'millions of tokens' } : { size: 1e3, name: 'thousands of tokens' };
  const entry = (row: TrainingCurveRow) => displayName(row.optimizer);
  const line = (row: TrainingCurveRow) => `${row.optimizer} ${row.seed}`;
  return facetFigure(rows, options, {
    aria: 'Training loss of the winners against tokens, one panel per batch size',
    items: optimizers.map((name): LegendItem => {
      return { label: displayName(name), shape: 'line', ...looks(name) };
    }),
    yName: `training loss (${lossUnit(options)})${isFree ? ownScale : ''}`,
    xName: `tokens trained on (${unit.name})`,
    names: batchPanels(rows),
    panelOf: (row) => batchPanel(row.batchSize),
    least: 170,
    height: 120,
    left: [46, 46],
    panel(own, { width }) {
      const scale = isFree ? own : rows;
      const cap = capOf(scale);
      const lowest = scale.length > 0 ? Math.min(...scale.map((row) => row.loss)) : 0;
      return {
        x: {
          domain: [0, most || 1],
          label: null,
          ticks: Math.max(2, Math.floor(width / 60)),
          tickFormat: (tokens: number) => String(tokens / unit.size),
        },
        y: { domain: [lowest - 0.1, cap + 0.1], label: null, ticks: 4 },
        marks: [
          Plot.frame({ stroke: theme.grid }),
          Plot.gridY({ ticks: 4, stroke: theme.grid, strokeOpacity: 1 }),
          Plot.line(own, {
            x: 'tokens',
            // Plot's own clipping would need an id, which no two figures of a page may share:
            // leave points out instead.
            y: (row: TrainingCurveRow) => (row.loss <= cap ? row.loss : Number.NaN),
            z: line,
            stroke: (row: TrainingCurveRow) => look(row).color,
            strokeWidth: 1.6,
            ...told(options, entry),
          }),
          Plot.dot(
            sparse(
              own.filter((row) => row.loss <= cap),
              line,
            ),
            {
              ...pointStyle(look, theme.paper),
              x: 'tokens',
              y: 'loss',
              r: 3,
              strokeWidth: 0,
              ...told(options, entry),
            },
          ),
          ...pointed(
            options,
            own.filter((row) => row.loss <= cap),
            { x: 'tokens', y: 'loss' },
            line,
            entry,
            say,
          ),
        ],
      };
    },
  });
}

/** The first descent from blind guessing is the same for all and would flatten everything after it. */
const capOf = (rows: readonly TrainingCurveRow[]): number => {
  const losses = rows.map((row) => row.loss);
  return losses.length > 0 ? Math.min(Math.max(...losses), Math.min(...losses) + 3) : 1;
};

const say = (row: TrainingCurveRow): string =>
  [
    `${displayName(row.optimizer)}, batch size ${row.batchSize}, seed ${row.seed}`,
    `loss ${decimals(row.loss, 4)} after ${row.tokens.toLocaleString('en-US')} tokens`,
  ].join('\n');

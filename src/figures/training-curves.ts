// Figure 4: how the winners got there: training loss against tokens at each batch size.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { panelGround, panels } from './facets.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { armLooks, pointStyle, sparse } from './looks.ts';
import type { TrainingCurveRow } from './rows.ts';
import { type FigureOptions, frame, lossUnit } from './theme.ts';

/** One panel per batch size; the first descent, common to all, may be cut at the top. */
export function trainingCurvesFigure(
  rows: readonly TrainingCurveRow[],
  options: FigureOptions,
): SVGSVGElement {
  const width = options.width ?? 720;
  const grid = panels(
    rows.map((row) => row.batchSize),
    width,
  );
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  const { theme, ...base } = frame(options, 0);
  const looks = armLooks([...(options.optimizers ?? []), ...optimizers], theme);
  const items: LegendItem[] = optimizers.map((name) => {
    return { label: displayName(name), shape: 'line', ...looks(name) };
  });
  const top = headHeight(items, width, true);
  const losses = rows.map((row) => row.loss);
  const lowest = losses.length > 0 ? Math.min(...losses) : 0;
  const highest = losses.length > 0 ? Math.max(...losses) : 1;
  // The first descent from blind guessing is the same for all and would flatten everything after it.
  const cap = Math.min(highest, lowest + 3);
  const most = Math.max(0, ...rows.map((row) => row.tokens));
  const unit =
    most >= 2e6 ? { size: 1e6, name: 'millions of tokens' } : { size: 1e3, name: 'thousands of tokens' };
  const look = (row: TrainingCurveRow) => looks(row.optimizer);
  const line = (row: TrainingCurveRow) => `${row.batchSize} ${row.optimizer} ${row.seed}`;
  const inside = rows.filter((row) => row.loss <= cap);
  const place = {
    fx: (row: TrainingCurveRow) => grid.column(row.batchSize),
    fy: (row: TrainingCurveRow) => grid.row(row.batchSize),
  };
  const svg = Plot.plot({
    ...base,
    height: top + 50 + grid.rows * 150,
    marginTop: top,
    marginLeft: 46,
    marginRight: 12,
    marginBottom: 48,
    ariaLabel: 'Training loss of the winners against tokens, one panel per batch size',
    fx: { axis: null, padding: 0.12 },
    fy: { axis: null, padding: 0.22 },
    x: {
      domain: [0, most || 1],
      label: `tokens trained on (${unit.name})`,
      labelAnchor: 'center',
      labelOffset: 38,
      labelArrow: 'none',
      ticks: width < 500 ? 2 : 4,
      tickFormat: (tokens: number) => String(tokens / unit.size),
    },
    y: {
      domain: [lowest - 0.1, cap + 0.1],
      label: null,
      ticks: 4,
    },
    marks: [
      ...panelGround(grid, theme),
      Plot.line(rows, {
        ...place,
        x: 'tokens',
        // Plot's own clipping would need an id, which no two figures of a page may share: leave points out instead.
        y: (row: TrainingCurveRow) => (row.loss <= cap ? row.loss : Number.NaN),
        z: line,
        stroke: (row: TrainingCurveRow) => look(row).color,
        strokeWidth: 1.6,
      }),
      Plot.dot(sparse(inside, line), {
        ...place,
        ...pointStyle(look, theme.paper),
        x: 'tokens',
        y: 'loss',
        r: 3,
        strokeWidth: 0,
      }),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, `training loss (${lossUnit(options)})`, theme);
  return svg;
}

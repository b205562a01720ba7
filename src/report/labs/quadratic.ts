// Figures of the tuned quadratics.
import type { LineRow } from '../../figures/theory-lines.ts';
import type { DescentMethod } from '../../theory/names.ts';
import type { QuadraticCurveRow, QuadraticRow } from '../../theory/quadratic-lab.ts';
import { count } from '../format.ts';
import type { LabFigure } from './figure.ts';
import { methodName, methodSeries } from './names.ts';

export interface QuadraticSettings {
  /** Names of the Hessians. */
  hessians: readonly string[];
  methods: readonly DescentMethod[];
  budget: { steps: number } | { samples: number };
  seeds: number;
}

export const budgetName = (budget: QuadraticSettings['budget']): string =>
  'steps' in budget ? `${budget.steps} steps` : `${count(budget.samples)} samples`;

export function quadraticFigures(
  { rows, curves }: { rows: readonly QuadraticRow[]; curves: readonly QuadraticCurveRow[] },
  { hessians, methods, budget, seeds }: QuadraticSettings,
): LabFigure[] {
  const one = hessians.length === 1;
  return [
    {
      name: 'tuned-loss',
      title: `Tuned loss after ${budgetName(budget)}`,
      caption: `Final loss at the best learning rate of each optimizer at each batch size: median over ${seeds} seeds, band from the first to the third quartile. Hollow: the best learning rate is at the end of what was tried.`,
      spec: {
        aria: 'Tuned loss against batch size',
        x: { label: 'batch size', scale: 'batch' },
        y: { label: 'final loss, tuned', scale: 'log' },
        series: methods.map((method) => methodSeries(method, 'line and points')),
        band: 'quartiles over seeds',
        open: 'best at the edge of the grid',
      },
      rows: rows.map(
        (row): LineRow => ({
          panel: one ? '' : row.hessian,
          series: methodName(row.method),
          x: row.batchSize,
          y: row.loss,
          lo: row.q1,
          hi: row.q3,
          open: !row.bracketed,
        }),
      ),
      columns: {
        ...{ panel: 'hessian', series: 'optimizer', x: 'batchSize' },
        ...{ y: 'loss', lo: 'q1', hi: 'q3', open: 'atGridEdge' },
      },
    },
    {
      name: 'lr-curves',
      title: 'How the learning rates were tuned',
      caption:
        'Median final loss at every learning rate tried. Diverged settings are missing. A jagged curve says that the final loss depends on where the last steps happen to land, and that its lowest point is partly luck.',
      spec: {
        aria: 'Final loss against learning rate',
        x: { label: 'learning rate', scale: 'log' },
        y: { label: 'final loss, median over seeds', scale: 'log', max: 1e6 },
        series: methods.map((method) => methodSeries(method, 'line')),
      },
      rows: curves.map(
        (row): LineRow => ({
          panel: `${one ? '' : `${row.hessian}, `}batch ${row.batchSize}`,
          series: methodName(row.method),
          x: row.lr,
          y: row.loss,
        }),
      ),
      columns: { panel: 'cell', series: 'optimizer', x: 'lr', y: 'loss' },
    },
  ];
}

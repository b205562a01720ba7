// Figures of the toy of rare classes.
import type { LineRow } from '../../figures/theory-lines.ts';
import type { ImbalanceRow } from '../../theory/imbalance-lab.ts';
import { imbalanceSamples } from '../../theory/imbalance-samples.ts';
import type { ImbalanceMethod } from '../../theory/names.ts';
import type { LabFigure } from './figure.ts';
import { methodName, methodSeries } from './names.ts';

export interface ImbalanceSettings {
  levels: number;
  methods: readonly ImbalanceMethod[];
  batchSizes: readonly number[];
  budget: { steps: number } | { epochs: number };
  seeds: number;
}

export const budgetName = (budget: ImbalanceSettings['budget']): string =>
  'steps' in budget ? `${budget.steps} steps` : `${budget.epochs} passes`;

export function batchName(levels: number, size: number): string {
  const samples = imbalanceSamples(levels);
  return size >= samples ? `full batch (${samples})` : `batch ${size}`;
}

const levelName = (levels: number, level: number) =>
  `${2 ** level} ${level === 0 ? 'class' : 'classes'} of ${2 ** (levels - level)}`;

/** The final row of a level; none where every seed diverged. */
export const lastOf = (
  rows: readonly ImbalanceRow[],
  method: ImbalanceMethod,
  batchSize: number,
  level: number,
): ImbalanceRow | undefined =>
  rows.findLast((row) => row.method === method && row.batchSize === batchSize && row.level === level);

/** Final losses below are not drawn: they are next to nothing, and their size is chance. */
const LEAST = 1e-5;

export function imbalanceFigures(
  rows: readonly ImbalanceRow[],
  { levels, methods, batchSizes, budget, seeds }: ImbalanceSettings,
): LabFigure[] {
  const samples = imbalanceSamples(levels);
  const sizes = [...new Set(batchSizes.map((size) => Math.min(size, samples)))].sort((a, b) => a - b);
  const everyLevel = Array.from({ length: levels }, (_, level) => level);
  const finals = sizes.flatMap((size) =>
    methods.flatMap((method) => everyLevel.flatMap((level) => lastOf(rows, method, size, level) ?? [])),
  );
  const unseen = finals.filter((row) => row.loss < LEAST);
  const hidden = [
    ...new Set(unseen.map((row) => `${methodName(row.method)} at ${batchName(levels, row.batchSize)}`)),
  ];
  return [
    {
      name: 'loss-by-level',
      title: 'Loss of frequent and rare classes over training',
      caption: `Training loss of the samples of each frequency level at the best learning rate of each optimizer; mean of ${seeds} seeds, band: their range. All levels have the same number of samples. Under an optimizer that does not care for frequency the lines fall together.`,
      spec: {
        aria: 'Loss by frequency level against steps, one panel per optimizer and batch size',
        x: { label: 'step', scale: 'linear' },
        y: { label: 'loss of the level (nats)', scale: 'log', min: 1e-4 },
        series: everyLevel.map((level) => ({
          name: levelName(levels, level),
          of: { level, levels },
        })),
        band: 'range of seeds',
      },
      rows: rows.map(
        (row): LineRow => ({
          panel: `${methodName(row.method)}, ${batchName(levels, row.batchSize)}`,
          series: levelName(levels, row.level),
          x: row.step,
          y: row.loss,
          lo: row.lo,
          hi: row.hi,
        }),
      ),
      columns: { panel: 'run', series: 'level', x: 'step', y: 'loss', lo: 'lowest', hi: 'highest' },
    },
    {
      name: 'final-loss',
      title: 'Final loss by class frequency',
      caption: `After ${budgetName(budget)}, against the number of samples of a class. A line that rises to the left leaves rare classes behind.${hidden.length > 0 ? ` Losses below ${LEAST} are not drawn: ${hidden.join(', ')}.` : ''}`,
      spec: {
        aria: 'Final loss against samples per class, one panel per batch size',
        x: { label: 'samples per class', scale: 'batch' },
        y: { label: 'final loss of the level (nats)', scale: 'log', min: LEAST },
        series: methods.map((method) => methodSeries(method, 'line and points')),
        band: 'range of seeds',
      },
      rows: finals.map(
        (row): LineRow => ({
          panel: batchName(levels, row.batchSize),
          series: methodName(row.method),
          x: row.samplesPerClass,
          y: row.loss,
          lo: row.lo,
          hi: row.hi,
        }),
      ),
      columns: {
        ...{ panel: 'batch', series: 'optimizer', x: 'samplesPerClass' },
        ...{ y: 'loss', lo: 'lowest', hi: 'highest' },
      },
    },
  ];
}

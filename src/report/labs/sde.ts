// Figures of the SDEs beside their algorithms.
import type { LineRow } from '../../figures/theory-lines.ts';
import type { Method } from '../../theory/names.ts';
import { type SdeRow, stepsTo } from '../../theory/sde-lab.ts';
import { middleNoise } from '../../theory/specs/sde.ts';
import type { LabFigure } from './figure.ts';
import { methodName, methodSeries } from './names.ts';

export interface SdeSettings {
  methods: readonly Method[];
  sigma: readonly number[];
  batchSizes: readonly number[];
  paths: number;
  /** Step at which batch sizes are compared. */
  checkpoint: number;
}

const columns = { series: 'method', y: 'loss', lo: 'q1', hi: 'q3' };
const loss = { label: 'loss', scale: 'log' } as const;

/** Share of the first loss to which steps are counted. */
export const TARGET = 0.3;

export function sdeFigures(
  rows: readonly SdeRow[],
  settings: SdeSettings & { target?: number },
): LabFigure[] {
  const sizes = settings.batchSizes.toSorted((a, b) => a - b);
  const fewSizes = sizes.filter((_, i) => i % Math.max(1, Math.ceil(sizes.length / 6)) === 0);
  const middle = middleNoise(settings.sigma);
  return [
    lossByBatch(rows, settings),
    byStep(
      rows.filter((row) => row.sigma === middle && fewSizes.includes(row.batchSize)),
      settings.methods,
      (row) => `batch size ${row.batchSize}`,
      {
        name: 'loss-by-step',
        title: 'Loss over time',
        caption: `The same runs step by step at noise σ = ${middle}. Where dashed and solid lie on each other, the SDE describes the algorithm.`,
        aria: 'Loss against steps, one panel per batch size',
        panels: 'batch',
      },
    ),
    ...(settings.sigma.length > 1
      ? [
          byStep(
            rows.filter((row) => row.batchSize === sizes[0]),
            settings.methods,
            (row) => `noise σ = ${row.sigma}`,
            {
              name: 'loss-by-noise',
              title: 'The same, with noise varied instead of batch size',
              caption: `Batch size ${sizes[0]}: the way the paper shows it. More noise slows sign descent as a smaller batch does, because only σ/√B matters.`,
              aria: 'Loss against steps, one panel per noise level',
              panels: 'noise',
            },
          ),
        ]
      : []),
    stepsToTarget(rows, settings, settings.target ?? TARGET),
  ];
}

const seriesOf = (methods: readonly Method[]) =>
  methods.flatMap((method) => [methodSeries(method), methodSeries(method, 'dashed', ', SDE')]);
const noiseName = (sigmas: readonly number[], sigma: number) =>
  sigmas.length > 1 ? `noise σ = ${sigma}` : '';

const line = (panel: string, x: number, row: SdeRow): LineRow => {
  const discrete = row.form === 'discrete';
  const series = methodName(row.method) + (discrete ? '' : ', SDE');
  return { panel, series, x, y: row.loss, lo: discrete ? row.q1 : null, hi: discrete ? row.q3 : null };
};

function lossByBatch(rows: readonly SdeRow[], { methods, sigma, paths, checkpoint }: SdeSettings): LabFigure {
  return {
    name: 'loss-by-batch',
    title: `Loss after ${checkpoint} steps, by batch size`,
    caption: `Mean loss over ${paths} runs after the same number of steps with the same learning rate; bands are the quartiles of the runs. Solid: the algorithm. Dashed: its SDE. A flat line means that the batch size does not help early progress.`,
    spec: {
      aria: 'Loss after a fixed number of steps against batch size',
      x: { label: 'batch size', scale: 'batch' },
      y: { ...loss, label: `loss after ${checkpoint} steps` },
      series: seriesOf(methods),
      band: 'quartiles of the runs',
    },
    rows: rows
      .filter((row) => row.step === checkpoint)
      .map((row) => line(noiseName(sigma, row.sigma), row.batchSize, row)),
    columns: { panel: 'noise', x: 'batchSize', ...columns },
  };
}

function byStep(
  rows: readonly SdeRow[],
  methods: readonly Method[],
  panel: (row: SdeRow) => string,
  {
    aria,
    panels,
    ...about
  }: Pick<LabFigure, 'name' | 'title' | 'caption'> & { aria: string; panels: string },
): LabFigure {
  return {
    ...about,
    spec: {
      aria,
      x: { label: 'step', scale: 'linear' },
      y: loss,
      series: seriesOf(methods),
      band: 'quartiles of the runs',
    },
    rows: rows.map((row) => line(panel(row), row.step, row)),
    columns: { panel: panels, x: 'step', ...columns },
  };
}

function stepsToTarget(
  rows: readonly SdeRow[],
  { methods, sigma, batchSizes }: SdeSettings,
  share: number,
): LabFigure {
  const target = share * (rows.find((row) => row.step === 0)?.loss ?? 0);
  const sizes = batchSizes.toSorted((a, b) => a - b);
  const cells = sigma.flatMap((one) =>
    sizes.flatMap((batchSize) =>
      methods.flatMap((method) =>
        (['discrete', 'sde'] as const).map((form) => ({ sigma: one, batchSize, method, form })),
      ),
    ),
  );
  return {
    name: 'steps-to-target',
    title: `Steps until the loss is ${Math.round(100 * share)}% of the first`,
    caption:
      'A stronger pull towards the optimum need not mean that the loss gets there sooner: this counts. Missing points: not reached within the run.',
    spec: {
      aria: 'Steps to a target loss against batch size',
      x: { label: 'batch size', scale: 'batch' },
      y: { label: 'steps', scale: 'log' },
      series: seriesOf(methods),
    },
    rows: cells.map((cell): LineRow => {
      const keys = ['sigma', 'batchSize', 'method', 'form'] as const;
      const curve = rows.filter((row) => keys.every((key) => row[key] === cell[key]));
      return {
        panel: noiseName(sigma, cell.sigma),
        series: methodName(cell.method) + (cell.form === 'sde' ? ', SDE' : ''),
        x: cell.batchSize,
        y: stepsTo(target, curve),
      };
    }),
    columns: { panel: 'noise', series: 'method', x: 'batchSize', y: 'steps' },
  };
}

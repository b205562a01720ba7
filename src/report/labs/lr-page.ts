// The page of `gaplab theory lr`: how the learning rate should follow the batch size, method by method.
import type { LineRow, LineSeries } from '../../figures/theory-lines.ts';
import { criticalBatchSize, type LrRow, type lrLab } from '../../theory/lr-lab.ts';
import type { Method } from '../../theory/names.ts';
import { count, list, short } from '../format.ts';
import { methodName, methodSeries } from './names.ts';
import type { LabPage } from './page.ts';

interface Settings {
  methods: readonly Method[];
  batchSizes: readonly number[];
  start: readonly number[];
  sigma: number;
  beta: number;
  /** Length of a run; `samples` counts where it is given. */
  steps: number;
  samples?: number;
  paths: number;
  seed: number;
  lrFrom: number;
  lrTo: number;
  lrPerDecade: number;
  /** Share of the first loss to which steps are counted. */
  target: number;
}

const ruleSeries: LineSeries[] = [
  { name: 'tuned', of: { other: 0 }, look: 'line and points' },
  { name: 'constant', of: { other: 1 }, look: 'dashed' },
  { name: 'sqrt', of: { other: 2 }, look: 'dashed' },
  { name: 'linear', of: { other: 3 }, look: 'dashed' },
];

/** `hessian` says in words which quadratic it is. */
export function lrPage(
  { rows, fits }: Awaited<ReturnType<typeof lrLab>>,
  settings: Settings,
  hessian: string,
): LabPage {
  const { methods } = settings;
  const tuned = rows.filter((row) => row.rule === 'tuned');
  const series = methods.map((method) => methodSeries(method, 'line and points'));
  const budget =
    settings.samples === undefined ? `${settings.steps} steps` : `${count(settings.samples)} samples`;
  const critical = methods.map((method) => ({
    method,
    batchSize: criticalBatchSize(tuned.filter((row) => row.method === method)),
  }));
  const edges = tuned.filter((row) => !row.bracketed);
  const line = (row: LrRow, panel: string, name: string, y: number | null): LineRow => ({
    panel,
    series: name,
    x: row.batchSize,
    y,
    open: !row.bracketed,
  });
  const batch = { label: 'batch size', scale: 'batch' } as const;
  const exponents = fits.map(({ method, exponent, ci95 }) =>
    `${methodName(method)} B^${exponent.toFixed(2)}${ci95 ? ` (${ci95[0].toFixed(2)} to ${ci95[1].toFixed(2)})` : ''}`.replaceAll(
      '-',
      '−',
    ),
  );
  const largest = Math.max(...settings.batchSizes);
  return {
    title: 'Learning rate and batch size',
    question:
      'How should the learning rate follow the batch size, and up to which batch size do larger batches save steps?',
    answer: [
      ...(exponents.length > 0
        ? [`After ${budget}, the best learning rate goes as ${list(exponents)}.`]
        : []),
      ...critical.map(({ method, batchSize }) =>
        batchSize === null
          ? `${methodName(method)} never reaches ${100 * settings.target}% of the first loss.`
          : `${methodName(method)}: twice the batch saves half the steps up to batch size ${batchSize}${batchSize === largest ? ' or beyond' : ''} (critical batch size, within 20%, among those tried).`,
      ),
    ],
    caveats:
      edges.length === 0
        ? []
        : [
            `Best learning rate at the edge of what was tried: ${list(edges.map((row) => `${methodName(row.method)} at ${row.batchSize}`))}.`,
          ],
    figures: [
      {
        name: 'tuned-lr',
        title: 'The best learning rate',
        caption: `Of those tried, a factor ${short(10 ** (1 / settings.lrPerDecade))} apart, by mean loss over ${settings.paths} runs after ${budget}.`,
        spec: {
          aria: 'Tuned learning rate against batch size',
          x: batch,
          y: { label: 'best learning rate', scale: 'log' },
          series,
          open: 'edge of the grid',
        },
        rows: tuned.map((row) => line(row, '', methodName(row.method), row.lr)),
        columns: { series: 'method', x: 'batchSize', y: 'lr', open: 'atGridEdge' },
      },
      {
        name: 'rules',
        title: 'Rules beside tuning',
        caption: `Loss after ${budget}. Every rule starts from the rate tuned at the smallest batch size and multiplies it by 1 (constant), √B or B. Lines that end have diverged.`,
        spec: {
          aria: 'Loss against batch size under rules for the learning rate',
          x: batch,
          y: { label: 'final loss', scale: 'log', max: 100 },
          series: ruleSeries,
        },
        rows: rows.map((row) => ({ ...line(row, methodName(row.method), row.rule, row.loss), open: false })),
        columns: { panel: 'method', series: 'rule', x: 'batchSize', y: 'loss' },
      },
      {
        name: 'steps-to-target',
        title: `Steps to ${100 * settings.target}% of the first loss`,
        caption:
          'The fewest steps at any learning rate tried. While the line falls as steeply as 1/B a larger batch costs no samples; where it flattens, batches only cost. This problem is small: without noise a few steps of the right size are enough.',
        spec: {
          aria: 'Steps to a target loss against batch size',
          x: batch,
          y: { label: 'steps', scale: 'log' },
          series,
        },
        rows: tuned.map((row) => ({
          ...line(row, '', methodName(row.method), row.stepsToTarget),
          open: false,
        })),
        columns: { series: 'method', x: 'batchSize', y: 'steps' },
      },
      {
        name: 'tuned-loss',
        title: 'Loss when every method is tuned',
        caption: `After ${budget}, each point at its own best learning rate.`,
        spec: {
          aria: 'Tuned loss against batch size',
          x: batch,
          y: { label: 'final loss, tuned', scale: 'log' },
          series,
          open: 'edge of the grid',
        },
        rows: tuned.map((row) => line(row, '', methodName(row.method), row.loss)),
        columns: { series: 'method', x: 'batchSize', y: 'loss', open: 'atGridEdge' },
      },
    ],
    explain: [
      [
        'Scaling rules',
        'The SDE of SGD keeps its law when learning rate and batch size grow together (linear rule): noise enters as η/B, and time is η times steps. For sign descent and Adam the pull itself grows like √B, and the square-root rule is the usual advice.',
      ],
      [
        'Critical batch size',
        'The largest batch up to which doubling it halves the steps to a target, within 20%. Below it larger batches are free in samples, above it they are not. (The paper uses the word in another sense.)',
      ],
      [
        'Same learning rate for all',
        'The published figure compares SGD and SignSGD at one learning rate. The command gaplab theory sde shows that; here every method has its own.',
      ],
    ],
    settings: [
      ['loss', `x·Hx / 2, H ${hessian}, started at ${list(settings.start)}`],
      ['noise', `σ = ${settings.sigma}, Gaussian`],
      ['batch sizes', list(settings.batchSizes)],
      ['length of a run', `${budget}, constant learning rate; momentum ${settings.beta}`],
      ['learning rates', `${settings.lrFrom} to ${settings.lrTo}, ${settings.lrPerDecade} per decade`],
      ['runs of each', `${settings.paths}; seed ${settings.seed}`],
    ],
  };
}

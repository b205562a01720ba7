// `gaplab theory lr`: how the learning rate should follow the batch size, method by method.
import type { Command } from 'commander';
import type { LineRow, Series } from '../figures/theory-lines.ts';
import { count, list, short } from '../report/format.ts';
import { methodName, methodSeries } from '../report/labs/names.ts';
import { criticalBatchSize, type LrRow, lrLab } from '../theory/lr-lab.ts';
import { action, command, examples, integer, number } from './common.ts';
import {
  addCommonFlags,
  addProblemFlags,
  addSimulationFlags,
  type CommonOptions,
  type ProblemOptions,
  problemFrom,
  problemText,
  type SimulationOptions,
} from './theory-flags.ts';
import { type LabPage, labFolder, writeLab } from './theory-page.ts';

interface Options extends CommonOptions, ProblemOptions, SimulationOptions {
  sigma: number;
  samples?: number;
  lrFrom: number;
  lrTo: number;
  lrPerDecade: number;
  target: number;
}

export function register(theory: Command): void {
  const lr = command(
    theory,
    'lr',
    'A comparison at one learning rate says little: every method and every batch size has its own best. This tunes them on a noisy\n' +
      'quadratic, sets the usual rules (constant, square root, linear in the batch size) beside the tuned ones, and counts steps to a\n' +
      'target loss, which gives the critical batch size.',
  );
  addSimulationFlags(addProblemFlags(lr), {
    known: ['sgd', 'signsgd', 'heavyball', 'signum', 'adam'],
    methods: ['sgd', 'signsgd', 'adam'],
    sigma: { default: 10 },
    batchSizes: [1, 4, 16, 64, 256, 1024],
    beta: 0.9,
    steps: 300,
    paths: 300,
  })
    .option('--samples <n>', 'equal samples instead: n / batch size steps', integer(1))
    .option(
      '--lr-from <x>',
      'lowest learning rate tried; the search goes on where an end wins',
      number({ above: 0 }),
      1e-3,
    )
    .option('--lr-to <x>', 'highest learning rate tried', number({ above: 0 }), 1)
    .option('--lr-per-decade <n>', 'learning rates per factor of ten', integer(1), 6)
    .option(
      '--target <share>',
      'steps are counted until the loss is this share of the first',
      number({ above: 0 }),
      0.2,
    );
  addCommonFlags(lr, 'lr');
  examples(lr, [
    ['gaplab theory lr', 'equal steps at every batch size; 10 seconds'],
    [
      'gaplab theory lr --samples 8192 --batch-sizes 1..512',
      'equal samples: larger batches take fewer steps',
    ],
    ['gaplab theory lr --methods heavyball,signum --sigma 30', 'with momentum and more noise'],
  ]);
  lr.action(
    action(async (ctx, options: Options) => {
      const folder = labFolder(options.out);
      const bar = ctx.progress.bar('tuning', 100, { unit: '%' });
      const budget = options.samples === undefined ? { steps: options.steps } : { samples: options.samples };
      const result = await lrLab(
        {
          ...{
            methods: options.methods,
            problem: problemFrom(options, options.sigma),
            batchSizes: options.batchSizes,
            budget,
          },
          ...{
            beta: options.beta,
            beta2: options.beta,
            target: options.target,
            paths: options.paths,
            seed: options.seed,
          },
          lr: { from: options.lrFrom, to: options.lrTo, perDecade: options.lrPerDecade },
        },
        { signal: ctx.signal, onProgress: (share) => bar.update(Math.round(100 * share)) },
      );
      bar.update(100);
      bar.done();
      writeLab(ctx, folder, page(result, options), result);
    }),
  );
}

const ruleSeries: Series[] = [
  { name: 'tuned', of: { other: 0 }, look: 'line and points' },
  { name: 'constant', of: { other: 1 }, look: 'dashed' },
  { name: 'sqrt', of: { other: 2 }, look: 'dashed' },
  { name: 'linear', of: { other: 3 }, look: 'dashed' },
];

function page({ rows, fits }: Awaited<ReturnType<typeof lrLab>>, options: Options): LabPage {
  const { methods } = options;
  const tuned = rows.filter((row) => row.rule === 'tuned');
  const series = methods.map((method) => methodSeries(method, 'line and points'));
  const budget =
    options.samples === undefined ? `${options.steps} steps` : `${count(options.samples)} samples`;
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
  const largest = Math.max(...options.batchSizes);
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
          ? `${methodName(method)} never reaches ${100 * options.target}% of the first loss.`
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
        caption: `Of those tried, a factor ${short(10 ** (1 / options.lrPerDecade))} apart, by mean loss over ${options.paths} runs after ${budget}.`,
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
        title: `Steps to ${100 * options.target}% of the first loss`,
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
        'The published figure compares SGD and SignSGD at one learning rate. `gaplab theory sde` shows that; here every method has its own.',
      ],
    ],
    settings: [
      ['loss', `x·Hx / 2, H ${problemText(options)}, started at ${list(options.start)}`],
      ['noise', `σ = ${options.sigma}, Gaussian`],
      ['batch sizes', list(options.batchSizes)],
      ['length of a run', `${budget}, constant learning rate; momentum ${options.beta}`],
      ['learning rates', `${options.lrFrom} to ${options.lrTo}, ${options.lrPerDecade} per decade`],
      ['runs of each', `${options.paths}; seed ${options.seed}`],
    ],
  };
}

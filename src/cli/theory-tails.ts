// `gaplab theory tails`: sign descent when gradients have heavy tails.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LineRow, Series } from '../figures/theory-lines.ts';
import { list } from '../report/format.ts';
import { methodSeries } from '../report/labs/names.ts';
import { degreesRange } from '../theory/student-t.ts';
import { tailsLab } from '../theory/tails-lab.ts';
import { action, command, examples, integer, number } from './common.ts';
import {
  addCommonFlags,
  addProblemFlags,
  type CommonOptions,
  numbers,
  type ProblemOptions,
  problemFrom,
  problemText,
} from './theory-flags.ts';
import { type LabPage, labFolder, writeLab } from './theory-page.ts';

interface Options extends CommonOptions, ProblemOptions {
  degrees: number[];
  batchSizes: number[];
  trajectoryBatchSizes: number[];
  gradient: number;
  draws: number;
  sigma: number;
  lr: number;
  steps: number;
  paths: number;
}

/** Degrees of freedom, `inf` for Gaussian noise. */
function degreesList(text: string): number[] {
  const words = text.split(/[\s,]+/).filter(Boolean);
  if (words.length === 0) throw new InvalidArgumentError('It must be a list of numbers, e.g. 1,2,inf.');
  const [least, most] = degreesRange;
  return words.map((word) => {
    const value = word === 'inf' ? Number.POSITIVE_INFINITY : Number(word);
    if (!(value >= least && (value <= most || word === 'inf')))
      throw new InvalidArgumentError(
        `Degrees of freedom must be numbers from ${least} to ${most}, or inf for Gaussian noise.`,
      );
    return value;
  });
}

export function register(theory: Command): void {
  const tails = command(
    theory,
    'tails',
    'The square-root law of sign descent (a batch four times as large pulls twice as hard) is proved for Gaussian gradient noise.\n' +
      'Gradients of language models have heavier tails. This gives every sample Student-t noise, averages over the batch, and shows\n' +
      'until which degrees of freedom the law survives: the exact pull, its measurement, and the algorithm beside its SDE.',
  );
  addProblemFlags(tails)
    .addOption(
      new Option('--degrees <numbers>', 'degrees of freedom of the noise: 1 is Cauchy, inf is Gaussian')
        .argParser(degreesList)
        // JSON, in which commander would show it, has no infinity.
        .default([1, 1.5, 2, 2.5, 3, 5, Number.POSITIVE_INFINITY], '1,1.5,2,2.5,3,5,inf'),
    )
    .option(
      '--batch-sizes <numbers>',
      '1..4096 doubles',
      numbers({ min: 1, whole: true }),
      numbers()('1..4096'),
    )
    .option(
      '--gradient <x>',
      'at which the pull is taken, in units of the noise scale',
      number({ above: 0 }),
      0.02,
    )
    .option('--draws <n>', 'samples behind each measured pull', integer(1), 1_000_000)
    .option('--sigma <x>', 'noise scale of the trajectories', number({ above: 0 }), 10)
    .option(
      '--trajectory-batch-sizes <numbers>',
      'batch sizes of the trajectories',
      numbers({ min: 1, whole: true }),
      [1, 16],
    )
    .option('--lr <x>', 'learning rate of the trajectories', number({ above: 0 }), 1e-3)
    .option('--steps <n>', 'steps of the trajectories', integer(1), 500)
    .option('--paths <n>', 'runs of each trajectory', integer(1), 200);
  addCommonFlags(tails, 'tails');
  examples(tails, [
    ['gaplab theory tails', 'from Cauchy to Gaussian; half a minute'],
    ['gaplab theory tails --degrees 1.9,2,2.1', 'around the border'],
    ['gaplab theory tails --degrees 3 --trajectory-batch-sizes 1,64', 'one law, another batch size'],
  ]);
  tails.action(
    action(async (ctx, options: Options) => {
      const folder = labFolder(options.out);
      const bar = ctx.progress.bar('simulating', 100, { unit: '%' });
      const pace = { signal: ctx.signal, onProgress: (share: number) => bar.update(Math.round(100 * share)) };
      const result = await tailsLab({ ...options, problem: problemFrom(options, options.sigma) }, pace);
      bar.update(100);
      bar.done();
      writeLab(ctx, folder, page(result, options), result);
    }),
  );
}

const noiseName = (degrees: number) =>
  degrees === Number.POSITIVE_INFINITY ? 'Gaussian' : degrees === 1 ? 'Cauchy (ν = 1)' : `ν = ${degrees}`;

function page(
  { drifts, fits, trajectories }: Awaited<ReturnType<typeof tailsLab>>,
  options: Options,
): LabPage {
  const { degrees } = options;
  // The lighter the tails, the darker the line.
  const sorted = degrees.toSorted((a, b) => a - b);
  const of = (nu: number) => ({ level: sorted.indexOf(nu), levels: sorted.length });
  const series = degrees.map((nu): Series => ({ name: noiseName(nu), of: of(nu), look: 'line' }));
  const survive = fits.filter((fit) => Math.abs(fit.last - 0.5) < 0.05).map((fit) => fit.degrees);
  const first = Math.min(...survive);
  const cauchy = fits.find((fit) => fit.degrees === 1);
  const gaussian = fits.find((fit) => fit.degrees === Number.POSITIVE_INFINITY);
  const [smallest, largest] = [Math.min(...options.batchSizes), Math.max(...options.batchSizes)];
  const columns = { x: 'batchSize' };
  return {
    title: 'Sign descent under heavy tails',
    question:
      'Does the pull of sign descent still grow like the square root of the batch size when gradient noise has heavy tails?',
    answer: [
      ...(survive.length > 0
        ? [
            `At batch size ${largest} the pull of small gradients grows like B to the power 0.45 or more for ${first === Number.POSITIVE_INFINITY ? 'Gaussian noise only' : `ν = ${first} and lighter tails`} (of the degrees of freedom tried).`,
          ]
        : fits.length > 0
          ? [`At batch size ${largest} none of the degrees of freedom tried comes near the square root.`]
          : ['An exponent needs two batch sizes.']),
      ...(gaussian
        ? [
            `These exponents are those of gradients towards 0. At the plotted gradient of ${options.gradient} noise scales the pull begins to saturate: Gaussian noise has ${gaussian.here.overall.toFixed(3)} there over all batch sizes, instead of 0.500.`,
          ]
        : []),
      'In the limit of large batches the border is ν = 2: above it the variance is finite and the law holds; below it the exponent is 1 − 1/ν.',
      ...(cauchy
        ? [
            'With Cauchy noise (ν = 1) a larger batch does not help at all: the mean of Cauchy variables is as wide as one of them.',
          ]
        : []),
    ],
    figures: [
      {
        name: 'pull',
        title: 'Pull of sign descent by batch size',
        caption: `Mean sign of a batch gradient whose true value is ${options.gradient} noise scales. Lines: exact, from the characteristic function of Student's t. Points: measured with ${options.draws.toLocaleString('en-US')} samples each. At 1 every sign is right.`,
        spec: {
          aria: 'Mean sign of the batch gradient against batch size',
          x: { label: 'batch size', scale: 'batch' },
          y: { label: 'mean sign (pull)', scale: 'log' },
          series: [
            ...series,
            ...degrees.map(
              (nu): Series => ({ name: `${noiseName(nu)}, measured`, of: of(nu), look: 'points' }),
            ),
          ],
          legend: series.map((one) => one.name),
        },
        rows: drifts.flatMap((row): LineRow[] => [
          { panel: '', series: noiseName(row.degrees), x: row.batchSize, y: row.drift },
          {
            panel: '',
            series: `${noiseName(row.degrees)}, measured`,
            x: row.batchSize,
            y: row.measured,
            lo: row.lo,
            hi: row.hi,
          },
        ]),
        columns: { ...columns, series: 'noise', y: 'pull', lo: 'lo', hi: 'hi' },
      },
      {
        name: 'local-exponent',
        title: 'The exponent, from one batch size to the next',
        caption:
          'For gradients towards 0, exact. At the gradient of the first figure exponents are lower where the pull nears 1. One half (upper dotted line) is the square-root law. Between ν = 2 and 3 it is approached slowly: a batch of thousands still falls short of it.',
        spec: {
          aria: 'Local exponent of the pull against batch size',
          x: { label: 'batch size', scale: 'log' },
          y: { label: 'local exponent', scale: 'linear', include: [0, 0.5] },
          series,
          rules: [0, 0.5],
        },
        rows: drifts.flatMap((row): LineRow[] =>
          row.exponent === null
            ? []
            : [{ panel: '', series: noiseName(row.degrees), x: row.batchSize, y: row.exponent }],
        ),
        columns: { ...columns, series: 'noise', y: 'exponent' },
      },
      {
        name: 'trajectories',
        title: 'Algorithm and SDE under heavy tails',
        caption:
          'Median loss of the runs, band: quartiles. The SDE of SignSGD has the exact pull in place of erf. SGD is shown for comparison; below ν = 2 it has no SDE driven by Brownian motion.',
        spec: {
          aria: 'Median loss against steps by noise and batch size',
          x: { label: 'step', scale: 'linear' },
          y: { label: 'median loss', scale: 'log', max: 1e4, min: 1e-6 },
          series: [methodSeries('sgd'), methodSeries('signsgd'), methodSeries('signsgd', 'dashed', ', SDE')],
          band: 'quartiles of the runs',
        },
        rows: trajectories.map(
          (row): LineRow => ({
            panel: `${noiseName(row.degrees)}, batch ${row.batchSize}`,
            series: row.method === 'sgd' ? 'SGD' : row.form === 'sde' ? 'SignSGD, SDE' : 'SignSGD',
            x: row.step,
            y: row.loss,
            lo: row.form === 'discrete' ? row.q1 : null,
            hi: row.form === 'discrete' ? row.q3 : null,
          }),
        ),
        columns: { panel: 'cell', series: 'method', x: 'step', y: 'loss', lo: 'q1', hi: 'q3' },
      },
    ],
    tables: [
      {
        title: 'Exponents of the pull: gradients towards 0, and the plotted one',
        head: [
          'noise',
          `${smallest} to ${largest}`,
          `last step to ${largest}`,
          'B to infinity',
          `${smallest} to ${largest} at ${options.gradient} σ`,
        ],
        rows: fits.map((fit) => [
          noiseName(fit.degrees),
          ...[fit.overall, fit.last, fit.limit, fit.here.overall].map((value) => value.toFixed(3)),
        ]),
      },
    ],
    explain: [
      [
        "Student's t, degrees of freedom ν",
        'A bell curve with heavy tails: values far out become rarer only like a power. ν = 1 is the Cauchy distribution, without a mean; up to ν = 2 the variance is infinite; ν → ∞ is the Gaussian. Its scale, not its variance, is fixed here.',
      ],
      [
        'Pull',
        'The mean of sign(g): the drift of the SDE. For Gaussian noise it is erf(√(B/2) g/σ). For any symmetric noise it is the chance that the noise of the batch mean is smaller than g, and the SDE keeps its form: dX = −p dt + √η √(1 − p²) dW.',
      ],
      [
        'Exact',
        'The mean of B Student-t variables has the characteristic function φ(u/B)^B, where φ is known in closed form (elementary for ν = 1, 3, 5, a Bessel function otherwise). The pull for small g is twice the density of that mean at 0, an integral over φ^B; for ν = 1 it is 2/π for every B.',
      ],
      [
        'Two meanings of heavy tails',
        'If the noise of the whole batch is taken to be Student-t with scale σ/√B, the square root survives for every ν by assumption. Here each sample is Student-t and the batch is averaged, as training does it.',
      ],
    ],
    settings: [
      ['degrees of freedom', list(degrees.map(noiseName))],
      ['batch sizes', list(options.batchSizes)],
      ['gradient for the pull', `${options.gradient} σ`],
      [
        'trajectories',
        `x·Hx / 2, H ${problemText(options)}, σ = ${options.sigma}, lr ${options.lr}, ${options.paths} runs, batch ${list(options.trajectoryBatchSizes)}`,
      ],
      ['seed', String(options.seed)],
    ],
  };
}

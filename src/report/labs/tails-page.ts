// The page of `gaplab theory tails`: sign descent when gradients have heavy tails.
import type { LineRow, LineSeries } from '../../figures/theory-lines.ts';
import type { tailsLab } from '../../theory/tails-lab.ts';
import { list } from '../format.ts';
import { localExponentSpec } from './exponent-axes.ts';
import { methodSeries } from './names.ts';
import type { LabPage } from './page.ts';

interface Settings {
  /** Degrees of freedom of the noise; infinite is Gaussian. */
  degrees: readonly number[];
  batchSizes: readonly number[];
  trajectoryBatchSizes: readonly number[];
  /** At which the pull is taken, in units of the noise scale. */
  gradient: number;
  /** Samples behind each measured pull. */
  draws: number;
  sigma: number;
  lr: number;
  paths: number;
  seed: number;
}

const noiseName = (degrees: number) =>
  degrees === Number.POSITIVE_INFINITY ? 'Gaussian' : degrees === 1 ? 'Cauchy (ν = 1)' : `ν = ${degrees}`;

/** `hessian` says in words which quadratic it is. */
export function tailsPage(
  { drifts, fits, trajectories }: Awaited<ReturnType<typeof tailsLab>>,
  settings: Settings,
  hessian: string,
): LabPage {
  const { degrees } = settings;
  // The lighter the tails, the darker the line.
  const sorted = degrees.toSorted((a, b) => a - b);
  const of = (nu: number) => ({ level: sorted.indexOf(nu), levels: sorted.length });
  const series = degrees.map((nu): LineSeries => ({ name: noiseName(nu), of: of(nu), look: 'line' }));
  const survive = fits.filter((fit) => Math.abs(fit.last - 0.5) < 0.05).map((fit) => fit.degrees);
  const first = Math.min(...survive);
  const cauchy = fits.find((fit) => fit.degrees === 1);
  const gaussian = fits.find((fit) => fit.degrees === Number.POSITIVE_INFINITY);
  const [smallest, largest] = [Math.min(...settings.batchSizes), Math.max(...settings.batchSizes)];
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
            `These exponents are those of gradients towards 0. At the plotted gradient of ${settings.gradient} noise scales the pull begins to saturate: Gaussian noise has ${gaussian.here.overall.toFixed(3)} there over all batch sizes, instead of 0.500.`,
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
        caption: `Mean sign of a batch gradient whose true value is ${settings.gradient} noise scales. Lines: exact, from the characteristic function of Student's t. Points: measured with ${settings.draws.toLocaleString('en-US')} samples each. At 1 every sign is right.`,
        spec: {
          aria: 'Mean sign of the batch gradient against batch size',
          x: { label: 'batch size', scale: 'batch' },
          y: { label: 'mean sign (pull)', scale: 'log' },
          series: [
            ...series,
            ...degrees.map(
              (nu): LineSeries => ({ name: `${noiseName(nu)}, measured`, of: of(nu), look: 'points' }),
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
        spec: localExponentSpec('Local exponent of the pull against batch size', series),
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
          `${smallest} to ${largest} at ${settings.gradient} σ`,
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
      ['batch sizes', list(settings.batchSizes)],
      ['gradient for the pull', `${settings.gradient} σ`],
      [
        'trajectories',
        `x·Hx / 2, H ${hessian}, σ = ${settings.sigma}, lr ${settings.lr}, ${settings.paths} runs, batch ${list(settings.trajectoryBatchSizes)}`,
      ],
      ['seed', String(settings.seed)],
    ],
  };
}

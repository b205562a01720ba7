// `gaplab theory scaling`: early progress against batch size, with fitted exponents;
// measured curves beside it.
import type { Command } from 'commander';
import { progressCurves } from '../analysis/scaling.ts';
import { UserError } from '../core/errors.ts';
import { readMeasured } from '../report/labs/measured.ts';
import { scalingPage } from '../report/labs/scaling-page.ts';
import { labFolder } from '../report/place.ts';
import { scalingLab } from '../theory/scaling-lab.ts';
import { action, command, examples, integer, number } from './common.ts';
import {
  addCommonFlags,
  addProblemFlags,
  addSimulationFlags,
  type CommonOptions,
  numbers,
  type ProblemOptions,
  problemFrom,
  problemText,
  type SimulationOptions,
} from './theory-flags.ts';
import { showLab, simulate } from './theory-lab.ts';

interface Options extends CommonOptions, ProblemOptions, SimulationOptions {
  sigma: number;
  lr: number;
  repetitions: number;
  measured?: string;
  fitFrom?: number;
  fitTo?: number;
}

export function register(theory: Command): void {
  const scaling = command(
    theory,
    'scaling',
    'How fast does early progress grow with batch size? The theory says: not at all for SGD, like the square root for sign descent\n' +
      'and Adam, until noise no longer matters. This measures the exponents on a noisy quadratic, with their intervals, and puts\n' +
      'curves measured on a language model beside them.',
  );
  addSimulationFlags(addProblemFlags(scaling), {
    known: ['sgd', 'signsgd', 'adam', 'heavyball', 'signum'],
    methods: ['sgd', 'signsgd', 'adam'],
    sigma: { default: 100, above: 0 },
    batchSizes: numbers()('1..4096'),
    beta: 0.95,
    steps: 20,
    paths: 4000,
  })
    .option('--lr <x>', 'small, so that only the pull counts', number({ above: 0 }), 1e-5)
    .option('--repetitions <n>', 'of the whole curve, for the intervals', integer(2), 10)
    .option(
      '--measured <path>',
      'directory of a study whose runs are drawn and fitted too, or a CSV with the columns optimizer, batchSize, progress (and seed)',
    )
    .option('--fit-from <n>', 'smallest batch size in the fit of measured curves', number({ above: 0 }))
    .option('--fit-to <n>', 'largest batch size in the fit of measured curves', number({ above: 0 }));
  addCommonFlags(scaling, 'scaling');
  examples(scaling, [
    ['gaplab theory scaling', 'SGD, SignSGD and Adam from batch size 1 to 4096'],
    ['gaplab theory scaling --sigma 10', 'less noise: saturation comes at batches 100 times smaller'],
    [
      'gaplab theory scaling --measured studies/scaling --fit-to 16',
      'beside a language model: `gaplab study scaling`',
    ],
    ['gaplab theory scaling --measured progress.csv', 'beside curves measured elsewhere'],
  ]);
  scaling.action(
    action(async (ctx, options: Options) => {
      const folder = labFolder(options.out);
      const { fitFrom = 0, fitTo = Number.POSITIVE_INFINITY } = options;
      if (fitFrom > fitTo)
        throw new UserError(`--fit-from ${fitFrom} is above --fit-to ${fitTo}: no batch size is left to fit`);
      const {
        rows: measured,
        aside,
        predicted,
      } = options.measured === undefined
        ? { rows: [], aside: [], predicted: [] }
        : readMeasured(options.measured);
      const settings = { ...options, problem: problemFrom(options, options.sigma), beta2: options.beta };
      const result = await simulate(ctx, 'simulating', (pace) => scalingLab(settings, pace));
      const inside = measured.filter(({ batchSize }) => batchSize >= fitFrom && batchSize <= fitTo);
      const fits = new Map(progressCurves(inside).map(({ optimizer, fit }) => [optimizer, fit]));
      const curves = progressCurves(measured).map((curve) => ({
        ...curve,
        fit: fits.get(curve.optimizer) ?? null,
      }));
      // What the fits lack is what they lack inside the range of the fit.
      const lacking = progressCurves(inside).flatMap(({ missing }) => missing);
      const beside = { curves, predicted, aside, lacking };
      await showLab(ctx, folder, scalingPage(result, beside, settings, problemText(options)), {
        ...result,
        measured,
        measuredFits: curves.map(({ optimizer, fit }) => ({ optimizer, fit })),
        predicted,
      });
    }),
  );
}

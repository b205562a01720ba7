// `gaplab theory lr`: how the learning rate should follow the batch size, method by method.
import type { Command } from 'commander';
import { lrPage } from '../report/labs/lr-page.ts';
import { labFolder } from '../report/place.ts';
import { lrLab } from '../theory/lr-lab.ts';
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
import { showLab, simulate } from './theory-lab.ts';

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
      const { lrFrom: from, lrTo: to, lrPerDecade: perDecade } = options;
      const lab = {
        ...options,
        problem: problemFrom(options, options.sigma),
        budget: options.samples === undefined ? { steps: options.steps } : { samples: options.samples },
        beta2: options.beta,
        lr: { from, to, perDecade },
      };
      const result = await simulate(ctx, 'tuning', (pace) => lrLab(lab, pace));
      await showLab(ctx, folder, lrPage(result, options, problemText(options)), result);
    }),
  );
}

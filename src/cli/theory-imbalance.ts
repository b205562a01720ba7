// `gaplab theory imbalance`: rare classes in a linear softmax toy, full batch and mini-batch.
import type { Command } from 'commander';
import { list } from '../report/format.ts';
import { imbalancePage } from '../report/labs/imbalance-page.ts';
import { labFolder } from '../report/place.ts';
import { imbalanceLab } from '../theory/imbalance-lab.ts';
import { type ImbalanceMethod, imbalanceMethods } from '../theory/names.ts';
import { batchSizesOf, budgetOf, spec } from '../theory/specs/imbalance.ts';
import { action, command, examples, integer, number } from './common.ts';
import { addCommonFlags, type CommonOptions, names, numbers } from './theory-flags.ts';
import { showLab, simulate } from './theory-lab.ts';

const defaults = spec.parse({ lab: 'imbalance' });

interface Options extends CommonOptions {
  levels: number;
  methods: ImbalanceMethod[];
  batchSizes?: number[];
  steps: number;
  epochs?: number;
  beta: number;
  seeds: number;
}

export function register(theory: Command): void {
  const imbalance = command(
    theory,
    'imbalance',
    'Words are unequally frequent, and SGD learns rare ones late: one explanation of the gap. The smallest model that shows it is\n' +
      'linear, with random inputs and classes of unequal size. Its authors train it on the full batch; this adds mini-batches and\n' +
      'shows the loss of frequent and rare classes under tuned SGD, Adam and Signum.',
  );
  imbalance
    .option(
      '--levels <m>',
      'of frequency: level i has 2^i classes, and all levels equally many samples',
      integer(2),
      defaults.levels,
    )
    .option('--methods <names>', list([...imbalanceMethods]), names(imbalanceMethods), defaults.methods)
    .option(
      '--batch-sizes <numbers>',
      'samples per step; more than there are means all (default: 4, 16 and all)',
      numbers({ min: 1, whole: true }),
    )
    .option('--steps <n>', 'steps of a run, the same at every batch size', integer(1), defaults.steps)
    .option('--epochs <n>', 'equal passes over the data instead', integer(1))
    .option('--beta <x>', 'momentum, and both betas of Adam', number({ min: 0 }), defaults.beta)
    .option(
      '--seeds <n>',
      'data and orders; learning rates are tuned on their mean',
      integer(1),
      defaults.seeds,
    );
  addCommonFlags(imbalance, 'imbalance');
  examples(imbalance, [
    ['gaplab theory imbalance', '160 samples in 31 classes, three batch sizes; a minute'],
    ['gaplab theory imbalance --epochs 100', 'equal passes over the data: smaller batches take more steps'],
    ['gaplab theory imbalance --levels 6 --batch-sizes 8,48,192', 'larger'],
  ]);
  imbalance.action(
    action(async (ctx, options: Options) => {
      const folder = labFolder(options.out);
      const settings = { ...options, batchSizes: batchSizesOf(options), budget: budgetOf(options) };
      const result = await simulate(ctx, 'training', (pace) => imbalanceLab(settings, pace));
      await showLab(ctx, folder, imbalancePage(result, settings), result);
    }),
  );
}

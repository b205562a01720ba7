// `gaplab theory imbalance`: rare classes in a linear softmax toy, full batch and mini-batch.
import type { Command } from 'commander';
import { list, short } from '../report/format.ts';
import {
  batchName,
  budgetName,
  type ImbalanceSettings,
  imbalanceFigures,
  lastOf,
} from '../report/labs/imbalance.ts';
import { methodName } from '../report/labs/names.ts';
import { imbalanceLab } from '../theory/imbalance-lab.ts';
import { imbalanceSamples } from '../theory/imbalance-samples.ts';
import { type ImbalanceMethod, imbalanceMethods } from '../theory/names.ts';
import { batchSizesOf, budgetOf, spec } from '../theory/specs/imbalance.ts';
import { action, command, examples, integer, number } from './common.ts';
import { addCommonFlags, type CommonOptions, names, numbers } from './theory-flags.ts';
import { type LabPage, labFolder, writeLab } from './theory-page.ts';

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
      const batchSizes = batchSizesOf(options);
      const bar = ctx.progress.bar('training', 100, { unit: '%' });
      const budget = budgetOf(options);
      const pace = { signal: ctx.signal, onProgress: (share: number) => bar.update(Math.round(100 * share)) };
      const settings = { ...options, batchSizes, budget };
      const result = await imbalanceLab(settings, pace);
      bar.update(100);
      bar.done();
      writeLab(ctx, folder, page(result, settings), result);
    }),
  );
}

function page(
  { rows, tuned }: Awaited<ReturnType<typeof imbalanceLab>>,
  settings: ImbalanceSettings & Pick<Options, 'beta' | 'seed'>,
): LabPage {
  const { levels, beta, seeds, seed } = settings;
  const sizes = [...new Set(tuned.map((row) => row.batchSize))];
  const named = (size: number) => batchName(levels, size);
  const edges = tuned.filter((row) => !row.bracketed);
  const budget = budgetName(settings.budget);
  return {
    title: 'Frequent and rare classes',
    question:
      'Do rare classes lag behind under SGD and not under Adam, and does that depend on the batch size?',
    answer: tuned.map(({ method, batchSize, loss }) => {
      const [common, rare] = [0, levels - 1].map((level) => lastOf(rows, method, batchSize, level));
      if (loss === null || !common || !rare) return `${methodName(method)} at ${named(batchSize)} diverged.`;
      return `${methodName(method)}, ${named(batchSize)}: loss ${short(loss)} after ${budget}; most frequent class ${short(common.loss)}, rarest classes ${short(rare.loss)}.`;
    }),
    caveats:
      edges.length === 0
        ? []
        : [
            `Learning rate not bracketed: ${list(edges.map((row) => `${methodName(row.method)} at ${named(row.batchSize)}`))}.`,
          ],
    figures: imbalanceFigures(rows, settings),
    tables: [
      {
        title: 'Tuned settings',
        head: ['optimizer, batch', 'steps', 'learning rate', 'final loss', 'diverged'],
        rows: tuned.map((row) => [
          `${methodName(row.method)}, ${named(row.batchSize)}`,
          String(row.steps),
          short(row.lr) + (row.bracketed ? '' : ' (edge)'),
          row.loss === null ? 'diverged' : short(row.loss),
          row.tried
            .flatMap(({ lr, diverged }) => (diverged ? `${diverged} of ${seeds} at ${short(lr)}` : []))
            .join(', ') || 'none',
        ]),
      },
    ],
    explain: [
      [
        'The toy',
        `${imbalanceSamples(levels)} samples in ${(levels + 1) * 2 ** levels} dimensions, inputs uniform on [0, 1], labels random but unequally frequent: level 0 is one class with ${2 ** levels} samples, level ${levels - 1} has ${2 ** (levels - 1)} classes with two samples each. Linear softmax regression from zero weights. After Kunstner et al., arXiv 2402.19449.`,
      ],
      [
        'Why rare classes lag',
        'In the full gradient a class weighs as much as it is frequent. SGD follows that weight, so a class half as frequent is learnt half as fast. Sign descent and Adam divide the weight out.',
      ],
      [
        'What to look for',
        'If the gap of language models came from class imbalance alone and closed at small batches, the levels would have to draw together under SGD at small batches here.',
      ],
    ],
    settings: [
      ['levels', String(levels)],
      ['batch sizes', list(sizes)],
      ['length of a run', `${budget}, cosine to 0`],
      ['momentum', `${beta} (SGD: heavy ball; Adam: both betas)`],
      ['learning rates', 'bracketed by factors of √10 in the mean of the seeds'],
      ['seeds', `${seeds}, from ${seed}`],
    ],
  };
}

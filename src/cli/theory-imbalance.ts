// `gaplab theory imbalance`: rare classes in a linear softmax toy, full batch and mini-batch.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LineRow } from '../figures/theory-lines.ts';
import { list, short } from '../report/format.ts';
import {
  type ImbalanceMethod,
  imbalanceLab,
  imbalanceMethods,
  imbalanceSamples,
} from '../theory/imbalance-lab.ts';
import { action, command, examples, integer, number } from './common.ts';
import { addCommonFlags, type CommonOptions, names, numbers } from './theory-flags.ts';
import { methodName, methodSeries } from './theory-names.ts';
import { type LabPage, writeLab } from './theory-page.ts';

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
      5,
    )
    .option('--methods <names>', list([...imbalanceMethods]), names(imbalanceMethods), [...imbalanceMethods])
    .option(
      '--batch-sizes <numbers>',
      'samples per step; more than there are means all (default: 4, 16 and all)',
      numbers({ min: 1, whole: true }),
    )
    .option('--steps <n>', 'steps of a run, the same at every batch size', integer(1), 100)
    .option('--epochs <n>', 'equal passes over the data instead', integer(1))
    .option('--beta <x>', 'momentum, and both betas of Adam', number({ min: 0 }), 0.9)
    .option('--seeds <n>', 'data and order of the final runs', integer(1), 3);
  addCommonFlags(imbalance, 'imbalance');
  examples(imbalance, [
    ['gaplab theory imbalance', '160 samples in 31 classes, three batch sizes; half a minute'],
    ['gaplab theory imbalance --epochs 100', 'equal passes over the data: smaller batches take more steps'],
    ['gaplab theory imbalance --levels 6 --batch-sizes 8,48,192', 'larger'],
  ]);
  imbalance.action(
    action(async (ctx, options: Options) => {
      const samples = imbalanceSamples(options.levels);
      const batchSizes = options.batchSizes ?? [4, 16, samples];
      const bar = ctx.progress.bar('training', 100, { unit: '%' });
      const budget = options.epochs === undefined ? { steps: options.steps } : { epochs: options.epochs };
      const pace = { signal: ctx.signal, onProgress: (share: number) => bar.update(Math.round(100 * share)) };
      const result = await imbalanceLab({ ...options, batchSizes, budget }, pace);
      bar.update(100);
      bar.done();
      writeLab(ctx, resolve(options.out), page(result, options, samples), result);
    }),
  );
}

function page(
  { rows, tuned }: Awaited<ReturnType<typeof imbalanceLab>>,
  options: Options,
  samples: number,
): LabPage {
  const { levels, methods } = options;
  const sizes = [...new Set(tuned.map((row) => row.batchSize))];
  const batchName = (size: number) => (size >= samples ? `full batch (${samples})` : `batch ${size}`);
  const slots = [0, 5, 2, 4, 1, 3, 6, 7];
  const levelName = (level: number) =>
    `${2 ** level} ${level === 0 ? 'class' : 'classes'} of ${2 ** (levels - level)}`;
  const lastOf = (method: ImbalanceMethod, batchSize: number, level: number) =>
    rows.filter((row) => row.method === method && row.batchSize === batchSize && row.level === level).at(-1);
  const edges = tuned.filter((row) => !row.bracketed);
  const budget = options.epochs === undefined ? `${options.steps} steps` : `${options.epochs} passes`;
  return {
    title: 'Frequent and rare classes',
    question:
      'Do rare classes lag behind under SGD and not under Adam, and does that depend on the batch size?',
    answer: tuned.map(({ method, batchSize, loss }) => {
      const [common, rare] = [lastOf(method, batchSize, 0), lastOf(method, batchSize, levels - 1)];
      if (!common || !rare) return `${methodName(method)} at ${batchName(batchSize)} diverged.`;
      return `${methodName(method)}, ${batchName(batchSize)}: loss ${short(loss)} after ${budget}; most frequent class ${short(common.loss)}, rarest classes ${short(rare.loss)}.`;
    }),
    caveats:
      edges.length === 0
        ? []
        : [
            `Learning rate not bracketed: ${list(edges.map((row) => `${methodName(row.method)} at ${batchName(row.batchSize)}`))}.`,
          ],
    figures: [
      {
        name: 'loss-by-level',
        title: 'Loss of frequent and rare classes over training',
        caption: `Training loss of the samples of each frequency level at the best learning rate of each optimizer; mean of ${options.seeds} seeds, band: their range. All levels have the same number of samples. Under an optimizer that does not care for frequency the lines fall together.`,
        spec: {
          aria: 'Loss by frequency level against steps, one panel per optimizer and batch size',
          x: { label: 'step', scale: 'linear' },
          y: { label: 'loss of the level (nats)', scale: 'log', min: 1e-4 },
          series: Array.from({ length: levels }, (_, level) => ({
            name: levelName(level),
            slot: slots[level % slots.length],
          })),
          band: 'range of seeds',
        },
        rows: rows.map(
          (row): LineRow => ({
            panel: `${methodName(row.method)}, ${batchName(row.batchSize)}`,
            series: levelName(row.level),
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
        caption: `After ${budget}, against the number of samples of a class. A line that rises to the left leaves rare classes behind.`,
        spec: {
          aria: 'Final loss against samples per class, one panel per batch size',
          x: { label: 'samples per class', scale: 'batch' },
          y: { label: 'final loss of the level (nats)', scale: 'log', min: 1e-5 },
          series: methods.map((method) => methodSeries(method, 'line and points')),
          band: 'range of seeds',
        },
        rows: sizes.flatMap((size) =>
          methods.flatMap((method) =>
            Array.from({ length: levels }, (_, level) => lastOf(method, size, level)).flatMap(
              (row): LineRow[] =>
                row
                  ? [
                      {
                        panel: batchName(size),
                        series: methodName(method),
                        x: row.samplesPerClass,
                        y: row.loss,
                        lo: row.lo,
                        hi: row.hi,
                      },
                    ]
                  : [],
            ),
          ),
        ),
        columns: {
          panel: 'batch',
          series: 'optimizer',
          x: 'samplesPerClass',
          y: 'loss',
          lo: 'lowest',
          hi: 'highest',
        },
      },
    ],
    tables: [
      {
        title: 'Tuned settings',
        head: ['optimizer, batch', 'steps', 'learning rate', 'final loss'],
        rows: tuned.map((row) => [
          `${methodName(row.method)}, ${batchName(row.batchSize)}`,
          String(row.steps),
          short(row.lr) + (row.bracketed ? '' : ' (edge)'),
          short(row.loss),
        ]),
      },
    ],
    explain: [
      [
        'The toy',
        `${samples} samples in ${(levels + 1) * 2 ** levels} dimensions, inputs uniform on [0, 1], labels random but unequally frequent: level 0 is one class with ${2 ** levels} samples, level ${levels - 1} has ${2 ** (levels - 1)} classes with two samples each. Linear softmax regression from zero weights. After Kunstner et al., arXiv 2402.19449.`,
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
      ['momentum', `${options.beta} (SGD: heavy ball; Adam: both betas)`],
      ['learning rates', 'bracketed by factors of √10 at the first seed'],
      ['seeds', `${options.seeds}, from ${options.seed}`],
    ],
  };
}

// `gaplab theory quadratic`: Hessians with equal eigenvalues in a different order, every optimizer tuned.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { list, short } from '../report/format.ts';
import { methodName } from '../report/labs/names.ts';
import { budgetName, quadraticFigures } from '../report/labs/quadratic.ts';
import { type DescentMethod, descents, type NoiseModel, noiseModels } from '../theory/names.ts';
import {
  blocksOf,
  type QuadraticCurveRow,
  type QuadraticLab,
  type QuadraticRow,
  quadraticLab,
} from '../theory/quadratic-lab.ts';
import { batchSizesOf, budgetOf, spec } from '../theory/specs/quadratic.ts';
import { action, command, examples, integer, number } from './common.ts';
import { addCommonFlags, type CommonOptions, names, numbers, readMatrix, readText } from './theory-flags.ts';
import { type LabPage, labFolder, writeLab } from './theory-page.ts';

const defaults = spec.parse({ lab: 'quadratic' });

interface Options extends CommonOptions {
  spectrum: string[];
  matrix?: string;
  optimizers: DescentMethod[];
  noise: NoiseModel;
  sigma: number;
  batchSizes?: number[];
  steps: number;
  samples?: number;
  beta: number;
  warmup: number;
  seeds: number;
  lrFrom: number;
  lrTo: number;
  lrPerDecade: number;
}

const collect = (value: string, before: string[] | undefined) => [...(before ?? []), value];

export function register(theory: Command): void {
  const quadratic = command(
    theory,
    'quadratic',
    'Does the curvature make the gap? Two quadratics with the same nine curvatures: in one every block of parameters has its own\n' +
      'scale (as the layers of a Transformer do), in the other all blocks are alike. Adam, SGD, Signum and normalized SGD are tuned\n' +
      'on both at every batch size, with the noise of your choice.',
  );
  quadratic
    .option(
      '--spectrum <blocks>',
      "heterogeneous, homogeneous, a file, or your own eigenvalues, blocks separated by ';' (repeatable; default: the two)",
      collect,
    )
    .option('--matrix <file>', 'your own symmetric Hessian: a file with one row per line')
    .option('--optimizers <names>', list([...descents]), names(descents), defaults.methods)
    .option(
      '--noise <model>',
      'columns: a batch is some of the data columns; isotropic; hessian: covariance proportional to H',
      (text) => names(noiseModels)(text)[0],
      defaults.noise,
    )
    .option('--sigma <x>', 'noise level, for isotropic and hessian', number({ min: 0 }), defaults.sigma)
    .option(
      '--batch-sizes <numbers>',
      '(default: 1,3,9 columns, else 1,16,256,4096,65536)',
      numbers({ above: 0 }),
    )
    .option('--steps <n>', 'steps of a run, the same at every batch size', integer(1), defaults.steps)
    .option('--samples <n>', 'equal samples instead: n / batch size steps', integer(1))
    .option(
      '--beta <x>',
      'momentum of all, an average, and both betas of Adam',
      number({ min: 0 }),
      defaults.beta,
    )
    .option('--warmup <share>', 'of the steps; then cosine to 0', number({ min: 0 }), defaults.warmup)
    .option(
      '--seeds <n>',
      'random rotations and samples; medians and quartiles are over them',
      integer(1),
      defaults.seeds,
    )
    .option(
      '--lr-from <x>',
      'lowest learning rate tried; the search goes on where an end wins',
      number({ above: 0 }),
      defaults.lr.from,
    )
    .option('--lr-to <x>', 'highest learning rate tried', number({ above: 0 }), defaults.lr.to)
    .option('--lr-per-decade <n>', 'learning rates per factor of ten', integer(1), defaults.lr.perDecade);
  addCommonFlags(quadratic, 'quadratic');
  examples(quadratic, [
    ['gaplab theory quadratic', 'the two Hessians of the paper, noise from data columns; 10 seconds'],
    ['gaplab theory quadratic --noise isotropic --sigma 30', 'added noise instead: another answer'],
    ["gaplab theory quadratic --spectrum '1,1.1,1.2;1000,1100' --noise hessian --sigma 1", 'your own blocks'],
    ['gaplab theory quadratic --samples 4500', 'equal samples, so fewer steps at larger batches'],
  ]);
  quadratic.action(
    action(async (ctx, options: Options) => {
      const folder = labFolder(options.out);
      const lab = labFrom(options);
      const bar = ctx.progress.bar('tuning', 100, { unit: '%' });
      const { rows, curves } = await quadraticLab(lab, {
        signal: ctx.signal,
        onProgress: (share) => bar.update(Math.round(100 * share)),
      });
      bar.update(100);
      bar.done();
      writeLab(ctx, folder, page(rows, curves, lab, options), { rows, curves });
    }),
  );
}

function labFrom(options: Options): QuadraticLab {
  const { optimizers, noise, sigma, seeds, seed, beta, warmup } = options;
  const hessians: QuadraticLab['hessians'] = {};
  if (options.matrix !== undefined) hessians[options.matrix] = { matrix: readMatrix(options.matrix) };
  for (const text of options.spectrum ?? (options.matrix === undefined ? defaults.hessians : []))
    hessians[text] = {
      blocks: blocksOf(existsSync(text) ? readText('spectrum', text).trim().replace(/\r?\n/g, ';') : text),
    };
  if (options.lrTo <= options.lrFrom)
    throw new UserError(
      `--lr-to must be above --lr-from, and ${options.lrTo} is not above ${options.lrFrom}`,
    );
  const batchSizes = batchSizesOf(options);
  return {
    ...{ hessians, methods: optimizers, noise, sigma, batchSizes, beta, warmup, seeds, seed },
    budget: budgetOf(options),
    lr: { from: options.lrFrom, to: options.lrTo, perDecade: options.lrPerDecade },
  };
}

function page(
  rows: QuadraticRow[],
  curves: QuadraticCurveRow[],
  lab: QuadraticLab,
  options: Options,
): LabPage {
  const settings = { ...lab, hessians: Object.keys(lab.hessians) };
  const budget = budgetName(lab.budget);
  const edges = rows.filter((row) => !row.bracketed);
  const unstable = rows.filter((row) => row.diverged && row.loss !== null);
  const nameOf = (row: QuadraticRow) => `${row.hessian} batch ${row.batchSize} ${methodName(row.method)}`;
  return {
    title: 'Quadratics with and without block structure',
    question:
      'Is it the curvature, different from block to block, that makes Adam faster than SGD, and does a small batch close the gap?',
    answer: answer(rows, lab),
    caveats: [
      ...(edges.length === 0
        ? []
        : [`At the edge of what was tried (or never converging): ${list(edges.map(nameOf))}.`]),
      ...(unstable.length === 0
        ? []
        : [
            `Some seeds end above their start even at the best learning rate: ${list(unstable.map((row) => `${nameOf(row)} (${row.diverged} of ${row.seeds})`))}.`,
          ]),
    ],
    figures: quadraticFigures({ rows, curves }, settings),
    tables: [
      {
        title: 'Tuned losses',
        head: ['Hessian, batch', ...lab.methods.map(methodName)],
        rows: Object.keys(lab.hessians).flatMap((hessian) =>
          lab.batchSizes.map((batchSize) => [
            `${hessian} ${batchSize}`,
            ...lab.methods.map((method) => {
              const row = rows.find(
                (r) => r.hessian === hessian && r.batchSize === batchSize && r.method === method,
              )!;
              return row.loss === null
                ? 'diverged'
                : `${short(row.loss)} @${short(row.lr)}${row.bracketed ? '' : ' (edge)'}`;
            }),
          ]),
        ),
      },
    ],
    explain: [
      [
        'Hessian',
        'The matrix H of second derivatives: the loss is w·Hw / 2. Its eigenvalues are the curvatures; here they range over three orders of magnitude.',
      ],
      [
        'Heterogeneous and homogeneous',
        'The same nine eigenvalues in three blocks of three parameters, each block turned at random. Heterogeneous: {1, 2, 3}, {99, 100, 101}, {4998, 4999, 5000}. Homogeneous: {1, 99, 4998}, {2, 100, 4999}, {3, 101, 5000}. Adam and Signum treat parameters one by one and can adapt to blocks; SGD sees only the spectrum.',
      ],
      [
        'Noise',
        'columns: H is the mean of nine rank-one terms (data), a batch is some of them, and the noise vanishes at the optimum. isotropic: σ z/√B is added to the full gradient. hessian: the same with covariance proportional to H. Which of these language models have is an open question, and the conclusion depends on it.',
      ],
      [
        'Tuned',
        `Learning rates a factor ${short(10 ** (1 / options.lrPerDecade))} apart; the best by median over the same seeds. Where an end of the grid wins, the search goes on up to 12 further.`,
      ],
      [
        'Optimizers',
        'All have momentum as an average, m ← βm + (1−β)g. SGD: w ← w − ηm. Signum: sign(m). Normalized SGD: m/|m|. Adam: both betas equal, with bias correction.',
      ],
    ],
    settings: [
      ['Hessians', list(Object.keys(lab.hessians))],
      ['start', 'w = (1, ..., 1)'],
      ['noise', lab.noise === 'columns' ? 'columns' : `${lab.noise}, σ = ${lab.sigma}`],
      ['batch sizes', list([...lab.batchSizes])],
      ['length of a run', budget],
      ['schedule', `warmup ${100 * lab.warmup}%, then cosine to 0`],
      ['β', String(lab.beta)],
      ['seeds', `${lab.seeds}, from ${lab.seed}`],
    ],
  };
}

/** The ratio of SGD to Adam (or of the first two methods) at the smallest and the largest batch, Hessian by Hessian. */
function answer(rows: QuadraticRow[], lab: QuadraticLab): string[] {
  const [base, other] =
    lab.methods.includes('adam') && lab.methods.includes('sgd')
      ? (['adam', 'sgd'] as const)
      : [lab.methods[0], lab.methods[1]];
  if (other === undefined) return [`${methodName(base)} was tuned at ${lab.batchSizes.length} batch sizes.`];
  const [low, high] = [Math.min(...lab.batchSizes), Math.max(...lab.batchSizes)];
  return Object.keys(lab.hessians).map((hessian) => {
    const at = (batchSize: number) => {
      const [a, b] = [base, other].map(
        (method) =>
          rows.find((row) => row.hessian === hessian && row.batchSize === batchSize && row.method === method)
            ?.loss ?? null,
      );
      if (a === null || b === null) return `unknown at batch size ${batchSize}`;
      return `${short(b)} and ${short(a)} (${short(b / a)} times) at batch size ${batchSize}`;
    };
    return `${hessian}: final losses of ${methodName(other)} and ${methodName(base)} are ${at(low)}${low === high ? '' : `, ${at(high)}`}.`;
  });
}

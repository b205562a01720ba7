// `gaplab theory quadratic`: Hessians with equal eigenvalues in a different order, every optimizer tuned.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { readText } from '../files/text.ts';
import { list } from '../report/format.ts';
import { quadraticPage } from '../report/labs/quadratic-page.ts';
import { labFolder } from '../report/place.ts';
import { type DescentMethod, descents, type NoiseModel, noiseModels } from '../theory/names.ts';
import { blocksOf, type QuadraticLab, quadraticLab } from '../theory/quadratic-lab.ts';
import { batchSizesOf, budgetOf, spec } from '../theory/specs/quadratic.ts';
import { action, command, examples, integer, number } from './common.ts';
import {
  addCommonFlags,
  type CommonOptions,
  NOT_NUMBERS,
  names,
  numbers,
  readMatrix,
} from './theory-flags.ts';
import { showLab, simulate } from './theory-lab.ts';

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
      const result = await simulate(ctx, 'tuning', (pace) => quadraticLab(lab, pace));
      await showLab(ctx, folder, quadraticPage(result, lab), result);
    }),
  );
}

function labFrom(options: Options): QuadraticLab {
  const { optimizers, noise, sigma, seeds, seed, beta, warmup } = options;
  const hessians: QuadraticLab['hessians'] = {};
  if (options.matrix !== undefined) hessians[options.matrix] = { matrix: readMatrix(options.matrix) };
  for (const text of options.spectrum ?? (options.matrix === undefined ? defaults.hessians : []))
    hessians[text] = {
      blocks: blocksOf(
        existsSync(text) ? readText('spectrum', text, NOT_NUMBERS).trim().replace(/\r?\n/g, ';') : text,
      ),
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

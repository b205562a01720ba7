// `gaplab theory tails`: sign descent when gradients have heavy tails.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { tailsPage } from '../report/labs/tails-page.ts';
import { labFolder } from '../report/place.ts';
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
import { showLab, simulate } from './theory-lab.ts';

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
      const lab = { ...options, problem: problemFrom(options, options.sigma) };
      const result = await simulate(ctx, 'simulating', (pace) => tailsLab(lab, pace));
      await showLab(ctx, folder, tailsPage(result, options, problemText(options)), result);
    }),
  );
}

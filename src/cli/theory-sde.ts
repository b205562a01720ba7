// `gaplab theory sde`: the SDEs of Theorem 1 beside the algorithms they stand for.
import type { Command } from 'commander';
import { TARGET } from '../report/labs/sde.ts';
import { sdePage } from '../report/labs/sde-page.ts';
import { labFolder } from '../report/place.ts';
import { checkTarget, sdeLab } from '../theory/sde-lab.ts';
import { checkpointOf, spec } from '../theory/specs/sde.ts';
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

const defaults = spec.parse({ lab: 'sde' });

interface Options extends CommonOptions, ProblemOptions, SimulationOptions {
  sigma: number[];
  lr: number;
  at?: number;
  substeps: number;
  target: number;
}

export function register(theory: Command): void {
  const sde = command(
    theory,
    'sde',
    'Does a larger batch make an optimizer faster? For SGD the theory says no, for sign descent (the core of Adam) yes, until\n' +
      'the noise no longer matters. This simulates both on a small quadratic with noisy gradients, many times, together with\n' +
      'the stochastic differential equations (SDEs) that describe them, and draws loss over steps and over batch sizes.',
  );
  addSimulationFlags(addProblemFlags(sde), {
    ...defaults,
    known: ['sgd', 'signsgd', 'heavyball', 'signum'],
    sigma: { default: defaults.sigma },
  })
    .option(
      '--lr <x>',
      'learning rate of all methods (`gaplab theory lr` tunes it)',
      number({ above: 0 }),
      defaults.lr,
    )
    .option('--at <step>', 'step at which batch sizes are compared (default: half way)', integer(1))
    .option(
      '--target <share>',
      'steps are counted until the loss is this share of the first',
      number({ above: 0 }),
      TARGET,
    )
    .option('--substeps <n>', 'SDE time steps per optimizer step', integer(1), defaults.substeps);
  addCommonFlags(sde, 'sde');
  examples(sde, [
    ['gaplab theory sde', 'noise and batch size varied, a few seconds; then open theory/sde/report.html'],
    ['gaplab theory sde --methods sgd,signsgd,heavyball,signum', 'with momentum'],
    ['gaplab theory sde --sigma 10 --batch-sizes 1..16384 --lr 0.003', 'one noise level, more batch sizes'],
    ['gaplab theory sde --spectrum 1,10,100 --start 1,0.3,0.1', 'another quadratic'],
  ]);
  sde.action(
    action(async (ctx, options: Options) => {
      checkTarget(options.target);
      const folder = labFolder(options.out);
      const checkpoint = checkpointOf(options);
      const problems = options.sigma.map((sigma) => ({ sigma, problem: problemFrom(options, sigma) }));
      const settings = { ...options, checkpoint };
      const rows = await simulate(ctx, 'simulating', (pace) => sdeLab({ ...settings, problems }, pace));
      await showLab(ctx, folder, sdePage(rows, settings, problemText(options)), { rows });
    }),
  );
}

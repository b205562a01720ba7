// `gaplab theory sde`: the SDEs of Theorem 1 beside the algorithms they stand for.
import type { Command } from 'commander';
import { list, short } from '../report/format.ts';
import { methodName } from '../report/labs/names.ts';
import { sdeFigures, TARGET } from '../report/labs/sde.ts';
import type { Method } from '../theory/names.ts';
import { checkTarget, deviation, type SdeRow, sdeLab } from '../theory/sde-lab.ts';
import { checkpointOf, middleNoise, spec } from '../theory/specs/sde.ts';
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
import { type LabPage, labFolder, writeLab } from './theory-page.ts';

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
      const bar = ctx.progress.bar('simulating', 100, { unit: '%' });
      const rows = await sdeLab(
        { ...options, problems, checkpoint },
        { signal: ctx.signal, onProgress: (share) => bar.update(Math.round(100 * share)) },
      );
      bar.update(100);
      bar.done();
      writeLab(ctx, folder, page(rows, options, checkpoint), { rows });
    }),
  );
}

function page(rows: SdeRow[], options: Options, checkpoint: number): LabPage {
  const { methods, sigma: sigmas } = options;
  const sizes = options.batchSizes.toSorted((a, b) => a - b);
  return {
    title: 'SGD and sign descent as stochastic differential equations',
    question: 'Does a larger batch make early progress faster, and does the theory say by how much?',
    answer: answer(rows, options, checkpoint),
    figures: sdeFigures(rows, { ...options, checkpoint }),
    explain: explanation(options),
    settings: [
      ['loss', `x·Hx / 2, H ${problemText(options)}, started at ${list(options.start)}`],
      ['gradient of a mini-batch', 'Hx + σ z / √B, z standard normal, independent coordinates'],
      ['noise σ', list(sigmas)],
      ['batch sizes B', list(sizes)],
      ['learning rate', `${options.lr}, the same for all`],
      [
        'momentum',
        methods.some((method) => method === 'heavyball' || method === 'signum')
          ? String(options.beta)
          : 'none',
      ],
      ['runs of each', `${options.paths}, ${options.steps} steps; seed ${options.seed}`],
      ['SDE', `Euler-Maruyama, ${options.substeps} time steps per optimizer step`],
    ],
  };
}

function answer(
  rows: SdeRow[],
  { methods, sigma, batchSizes, steps }: Options,
  checkpoint: number,
): string[] {
  const [low, high] = [Math.min(...batchSizes), Math.max(...batchSizes)];
  const middle = middleNoise(sigma);
  const loss = (method: Method, batchSize: number) =>
    rows.find(
      (row) =>
        row.method === method &&
        row.form === 'discrete' &&
        row.sigma === middle &&
        row.batchSize === batchSize &&
        row.step === checkpoint,
    )?.loss ?? null;
  const sentences = methods.map((method) => {
    const [a, b] = [loss(method, low), loss(method, high)];
    if (a === null || b === null) return `${methodName(method)} diverged at noise σ = ${middle}.`;
    const factor = b > 0 ? a / b : null;
    const effect =
      factor === null
        ? 'nothing is left to compare with'
        : factor < 1.35
          ? 'batch size makes little difference'
          : `a batch ${Math.round(high / low)} times as large leaves ${short(factor)} times less loss`;
    return `${methodName(method)}: loss ${short(a)} at batch size ${low} and ${short(b)} at ${high} after ${checkpoint} steps (noise σ = ${middle}): ${effect}.`;
  });
  for (const method of methods) {
    const worst = deviation(rows, method, steps);
    if (!worst) continue;
    const early = deviation(rows, method, checkpoint);
    const percent = (share: number) => `${(100 * share).toPrecision(2)}%`;
    sentences.push(
      `The SDE of ${methodName(method)} stays within ${percent(early?.share ?? worst.share)} of the algorithm's mean loss until step ${checkpoint} and within ${percent(worst.share)} until step ${steps} (at worst: σ = ${worst.sigma}, batch ${worst.batchSize}, step ${worst.step}, ${worst.error === null ? 'with one run of each, whose error is not known' : `where the Monte-Carlo error is ${percent(worst.error)}`}).`,
    );
  }
  return sentences;
}

function explanation({ methods }: Options): [string, string][] {
  const entries: [string, string][] = [
    [
      'Noisy gradient',
      'Training sees the gradient of a few examples instead of all. Their mean differs from the full gradient by noise of size σ/√B: a batch four times as large halves it.',
    ],
    [
      'SGD and its SDE',
      'x ← x − η g. Its SDE is dX = −∇f dt + √η σ/√B dW: the pull (the first term) does not contain B. Batch size changes only how much the path trembles, which matters near the optimum, not on the way there.',
    ],
    [
      'SignSGD and its SDE (Theorem 1)',
      'x ← x − η sign(g): Adam without its memory. A sign is right more often when there is less noise, and its mean is erf(√(B/2) ∇f/σ). So dX = −erf(√(B/2) ∇f/σ) dt + √η √(1 − erf²) dW: the pull grows like √B as long as noise dominates, and saturates at 1 when √B |∇f| is about σ.',
    ],
    [
      'SDE beside the algorithm',
      'One optimizer step is time η of the SDE. The SDE is right up to errors of order η (a weak approximation of first order). With as many time steps as optimizer steps, Euler-Maruyama for SGD would be SGD itself, so finer steps are taken here.',
    ],
  ];
  if (methods.includes('heavyball') || methods.includes('signum'))
    entries.push([
      'Momentum (derived here, not in the paper)',
      'Over times longer than its memory, SGD with momentum β is SGD at η/(1−β). Signum averages gradients before taking signs, which is sign descent with a batch (1+β)/(1−β) times as large; its signs are correlated in time, so it trembles more: the diffusion gets the factor 1 + (4/π) Σ arcsin βᵏ. Both ignore the delay of momentum, and the figures show what that costs.',
    ]);
  return entries;
}

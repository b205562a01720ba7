// `gaplab theory sde`: the SDEs of Theorem 1 beside the algorithms they stand for.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LineRow } from '../figures/theory-lines.ts';
import { list, short } from '../report/format.ts';
import { deviation, type SdeRow, sdeLab, stepsTo } from '../theory/sde-lab.ts';
import type { Method } from '../theory/simulate.ts';
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
import { methodName, methodSeries } from './theory-names.ts';
import { type LabFigure, type LabPage, writeLab } from './theory-page.ts';

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
    known: ['sgd', 'signsgd', 'heavyball', 'signum'],
    methods: ['sgd', 'signsgd'],
    sigma: { default: [3, 10, 30] },
    batchSizes: numbers()('1..1024'),
    beta: 0.9,
    steps: 1000,
    paths: 1000,
  })
    .option(
      '--lr <x>',
      'learning rate of all methods (`gaplab theory lr` tunes it)',
      number({ above: 0 }),
      1e-3,
    )
    .option('--at <step>', 'step at which batch sizes are compared (default: half way)', integer(1))
    .option(
      '--target <share>',
      'steps are counted until the loss is this share of the first',
      number({ above: 0 }),
      0.3,
    )
    .option('--substeps <n>', 'SDE time steps per optimizer step', integer(1), 4);
  addCommonFlags(sde, 'sde');
  examples(sde, [
    ['gaplab theory sde', 'noise and batch size varied, a few seconds; then open theory/sde/report.html'],
    ['gaplab theory sde --methods sgd,signsgd,heavyball,signum', 'with momentum'],
    ['gaplab theory sde --sigma 10 --batch-sizes 1..16384 --lr 0.003', 'one noise level, more batch sizes'],
    ['gaplab theory sde --spectrum 1,10,100 --start 1,0.3,0.1', 'another quadratic'],
  ]);
  sde.action(
    action(async (ctx, options: Options) => {
      const checkpoint = options.at ?? Math.ceil(options.steps / 2);
      const problems = options.sigma.map((sigma) => ({ sigma, problem: problemFrom(options, sigma) }));
      const bar = ctx.progress.bar('simulating', 100, { unit: '%' });
      const rows = await sdeLab(
        { ...options, problems, checkpoint },
        { signal: ctx.signal, onProgress: (share) => bar.update(Math.round(100 * share)) },
      );
      bar.update(100);
      bar.done();
      writeLab(ctx, resolve(options.out), page(rows, options, checkpoint), { rows });
    }),
  );
}

function page(rows: SdeRow[], options: Options, checkpoint: number): LabPage {
  const { methods, sigma: sigmas, batchSizes } = options;
  const sizes = batchSizes.toSorted((a, b) => a - b);
  const series = methods.flatMap((method) => [methodSeries(method), methodSeries(method, 'dashed', ', SDE')]);
  const seriesName = (row: SdeRow) => methodName(row.method) + (row.form === 'sde' ? ', SDE' : '');
  const line = (panel: string, x: number, row: SdeRow): LineRow => ({
    ...{ panel, series: seriesName(row), x, y: row.loss, lo: row.form === 'discrete' ? row.q1 : null },
    hi: row.form === 'discrete' ? row.q3 : null,
  });
  const noise = (sigma: number) => (sigmas.length > 1 ? `noise σ = ${sigma}` : '');
  const at = (step: number) => rows.filter((row) => row.step === step);
  const middle = sigmas[Math.floor(sigmas.length / 2)];
  const fewSizes = sizes.filter((_, i) => i % Math.max(1, Math.ceil(sizes.length / 6)) === 0);
  const start = rows.find((row) => row.step === 0)?.loss ?? 0;
  const target = options.target * start;
  const columns = { series: 'method', y: 'loss', lo: 'q1', hi: 'q3' };
  const figures: LabFigure[] = [
    {
      name: 'loss-by-batch',
      title: `Loss after ${checkpoint} steps, by batch size`,
      caption: `Mean loss over ${options.paths} runs after the same number of steps with the same learning rate; bands are the quartiles of the runs. Solid: the algorithm. Dashed: its SDE. A flat line means that the batch size does not help early progress.`,
      spec: {
        aria: 'Loss after a fixed number of steps against batch size',
        x: { label: 'batch size', scale: 'batch' },
        y: { label: `loss after ${checkpoint} steps`, scale: 'log' },
        series,
        band: 'quartiles of the runs',
      },
      rows: at(checkpoint).map((row) => line(noise(row.sigma), row.batchSize, row)),
      columns: { panel: 'noise', x: 'batchSize', ...columns },
    },
    {
      name: 'loss-by-step',
      title: 'Loss over time',
      caption: `The same runs step by step at noise σ = ${middle}. Where dashed and solid lie on each other, the SDE describes the algorithm.`,
      spec: {
        aria: 'Loss against steps, one panel per batch size',
        x: { label: 'step', scale: 'linear' },
        y: { label: 'loss', scale: 'log' },
        series,
        band: 'quartiles of the runs',
      },
      rows: rows
        .filter((row) => row.sigma === middle && fewSizes.includes(row.batchSize))
        .map((row) => line(`batch size ${row.batchSize}`, row.step, row)),
      columns: { panel: 'batch', x: 'step', ...columns },
    },
    {
      name: 'loss-by-noise',
      title: 'The same, with noise varied instead of batch size',
      caption: `Batch size ${sizes[0]}: the way the paper shows it. More noise slows sign descent as a smaller batch does, because only σ/√B matters.`,
      spec: {
        aria: 'Loss against steps, one panel per noise level',
        x: { label: 'step', scale: 'linear' },
        y: { label: 'loss', scale: 'log' },
        series,
        band: 'quartiles of the runs',
      },
      rows: rows
        .filter((row) => row.batchSize === sizes[0])
        .map((row) => line(`noise σ = ${row.sigma}`, row.step, row)),
      columns: { panel: 'noise', x: 'step', ...columns },
    },
    {
      name: 'steps-to-target',
      title: `Steps until the loss is ${Math.round(100 * options.target)}% of the first`,
      caption:
        'A stronger pull towards the optimum need not mean that the loss gets there sooner: this counts. Missing points: not reached within the run.',
      spec: {
        aria: 'Steps to a target loss against batch size',
        x: { label: 'batch size', scale: 'batch' },
        y: { label: 'steps', scale: 'log' },
        series,
      },
      rows: sigmas.flatMap((sigma) =>
        sizes.flatMap((batchSize) =>
          methods.flatMap((method) =>
            (['discrete', 'sde'] as const).map((form): LineRow => {
              const curve = rows.filter(
                (row) =>
                  row.sigma === sigma &&
                  row.batchSize === batchSize &&
                  row.method === method &&
                  row.form === form,
              );
              return {
                panel: noise(sigma),
                series: methodName(method) + (form === 'sde' ? ', SDE' : ''),
                x: batchSize,
                y: stepsTo(target, curve),
              };
            }),
          ),
        ),
      ),
      columns: { panel: 'noise', series: 'method', x: 'batchSize', y: 'steps' },
    },
  ];
  return {
    title: 'SGD and sign descent as stochastic differential equations',
    question: 'Does a larger batch make early progress faster, and does the theory say by how much?',
    answer: answer(rows, options, checkpoint),
    figures: options.sigma.length > 1 ? figures : figures.filter((figure) => figure.name !== 'loss-by-noise'),
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
  const middle = sigma[Math.floor(sigma.length / 2)];
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
    const factor = a / b;
    const effect =
      factor < 1.35
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
      `The SDE of ${methodName(method)} stays within ${percent(early?.share ?? worst.share)} of the algorithm's mean loss until step ${checkpoint} and within ${percent(worst.share)} until step ${steps} (at worst: σ = ${worst.sigma}, batch ${worst.batchSize}, step ${worst.step}, where the Monte-Carlo error is ${percent(worst.error)}).`,
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

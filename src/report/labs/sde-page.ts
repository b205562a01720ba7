// The page of `gaplab theory sde`: the SDEs of Theorem 1 beside the algorithms they stand for.
import type { Method } from '../../theory/names.ts';
import { deviation, type SdeRow } from '../../theory/sde-lab.ts';
import { middleNoise } from '../../theory/specs/sde.ts';
import { list, short } from '../format.ts';
import { methodName } from './names.ts';
import type { LabPage } from './page.ts';
import { type SdeSettings, sdeFigures } from './sde.ts';

interface Settings extends SdeSettings {
  start: readonly number[];
  lr: number;
  beta: number;
  steps: number;
  seed: number;
  /** Time steps of the SDE per optimizer step. */
  substeps: number;
  /** Share of the first loss to which steps are counted. */
  target: number;
}

/** `hessian` says in words which quadratic it is. */
export function sdePage(rows: SdeRow[], settings: Settings, hessian: string): LabPage {
  const { methods, sigma: sigmas } = settings;
  const sizes = settings.batchSizes.toSorted((a, b) => a - b);
  return {
    title: 'SGD and sign descent as stochastic differential equations',
    question: 'Does a larger batch make early progress faster, and does the theory say by how much?',
    answer: answer(rows, settings),
    figures: sdeFigures(rows, settings),
    explain: explanation(settings),
    settings: [
      ['loss', `x·Hx / 2, H ${hessian}, started at ${list(settings.start)}`],
      ['gradient of a mini-batch', 'Hx + σ z / √B, z standard normal, independent coordinates'],
      ['noise σ', list(sigmas)],
      ['batch sizes B', list(sizes)],
      ['learning rate', `${settings.lr}, the same for all`],
      [
        'momentum',
        methods.some((method) => method === 'heavyball' || method === 'signum')
          ? String(settings.beta)
          : 'none',
      ],
      ['runs of each', `${settings.paths}, ${settings.steps} steps; seed ${settings.seed}`],
      ['SDE', `Euler-Maruyama, ${settings.substeps} time steps per optimizer step`],
    ],
  };
}

function answer(rows: SdeRow[], { methods, sigma, batchSizes, steps, checkpoint }: Settings): string[] {
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

function explanation({ methods }: Settings): [string, string][] {
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

// Adam, the paper's baseline, and AdamW, which is Adam with decoupled weight decay.
import { decoupledDecay } from './decay.ts';
import { add, div, type Expr, mul, sqrt } from './expr.ts';
import { averages, halfLifeOf } from './half-life.ts';
import { defineOptimizer, type HyperSpec, type Moment } from './rule.ts';

const betaWhy =
  'arXiv 2506.12543 ties beta1 = beta2 = .95; tied betas are near the best at every batch size (arXiv 2505.21829)';

/**
 * The hyperparameters of Adam and of its relatives; `why` is the reason for the betas,
 * `epsWhy` that for epsilon.
 */
export const adamHyper = (
  why: string,
  epsWhy = "Adam's; above zero, or a coordinate that never had a gradient would become 0 / 0",
) => {
  const beta: HyperSpec = { default: 0.95, why, min: 0, below: 1, grid: [0.9, 0.95, 0.98] };
  const eps: HyperSpec = { default: 1e-8, why: epsWhy, min: 1e-30 };
  return {
    ...{ beta1: beta, beta2: beta, eps },
    ...{ beta1HalfLife: halfLifeOf('beta1'), beta2HalfLife: halfLifeOf('beta2') },
  };
};

/** Uniforms of `secondMoment`, and sqrt(c2). */
export const secondMomentScalars = (at: Moment<'beta2' | 'eps' | 'beta2HalfLife'>) => {
  const { beta, gain, weight } = averages(at, 'beta2');
  const correction = Math.sqrt(weight);
  return { beta2: beta, gain2: gain, eps: correction * at.hyper.eps, correction };
};

/** Uniforms of a step along m / c1 over such a root. */
export const adamScalars = (at: Moment<keyof ReturnType<typeof adamHyper>>) => {
  const { beta, gain, weight } = averages(at, 'beta1');
  const { correction, ...second } = secondMomentScalars(at);
  return { beta1: beta, gain1: gain, ...second, correction: correction / weight };
};

/**
 * v <- beta2 v + (1 - beta2) g^2, and what a step is divided by, sqrt(c2) times over: sqrt(v) + sqrt(c2) eps.
 */
export function secondMoment(
  g: Expr,
  before: Expr,
  s: Record<'beta2' | 'gain2' | 'eps', Expr>,
): { v: Expr; root: Expr } {
  const v = add(mul(s.beta2, before), mul(s.gain2, mul(g, g)));
  return { v, root: add(sqrt(v), s.eps) };
}

/**
 * m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2; p <- p - lr * (m / c1)
 * / (sqrt(v) / sqrt(c2) + eps), with the bias corrections ci = 1 - betai^(step + 1).
 * As PyTorch has it, eps is added after the correction of v. Corrections are one factor of the step,
 * as in section 2 of arXiv 1412.6980: a pass multiplies once and divides once.
 */
export const adam = defineOptimizer({
  name: 'adam',
  summary: 'Adam with bias correction',
  source: 'Kingma & Ba, arXiv 1412.6980, Algorithm 1',
  hyper: adamHyper(
    betaWhy,
    'arXiv 1412.6980 and PyTorch; above zero, or a coordinate that never had a gradient would become 0 / 0',
  ),
  // Best at batch size 16 for `nano` and a million tokens (.001 at batch size 1, .01 at 256).
  lrGuess: 0.003,
  scaling: 'invariant',
  state: () => ['m', 'v'],
  scalars: adamScalars,
  update({ g, state, scalars: s }) {
    const m = add(mul(s.beta1, state.m), mul(s.gain1, g));
    const { v, root } = secondMoment(g, state.v, s);
    return { u: mul(s.correction, div(m, root)), state: { m, v } };
  },
});

export const adamw = decoupledDecay(adam, {
  name: 'adamw',
  summary: 'Adam with decoupled weight decay',
  source:
    'Loshchilov & Hutter, arXiv 1711.05101, Algorithm 2 (decay scaled by the learning rate, as in PyTorch)',
  weightDecay: {
    default: 0.1,
    why: 'usual for language models since GPT-3 (arXiv 2005.14165, appendix B)',
    min: 0,
  },
});

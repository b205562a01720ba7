// RMSprop as arXiv 2505.21829 compares it: Adam without its momentum.
import { adam, secondMoment, secondMomentScalars } from './adam.ts';
import { div, mul } from './expr.ts';
import { halfLifeOf } from './half-life.ts';
import { defineOptimizer } from './rule.ts';

/**
 * v <- beta2 v + (1 - beta2) g^2; p <- p - lr * g / (sqrt(v) / sqrt(c2) + eps),
 * with c2 = 1 - beta2^(step + 1): Adam with beta1 = 0, without the buffer that would then be the gradient.
 *
 * torch.optim.RMSprop has no bias correction: v starts at zero there, so that its first step is
 * 1 / sqrt(1 - alpha) times the learning rate (10 times at its default alpha = .99, which is beta2 here).
 * Its `momentum` averages the preconditioned steps, and `centered` subtracts the squared mean: not so here.
 */
export const rmsprop = defineOptimizer({
  name: 'rmsprop',
  summary: 'Adam without momentum: the gradient over its running root mean square',
  source: 'Tieleman & Hinton 2012, lecture 6.5; with bias correction, arXiv 2505.21829',
  hyper: {
    beta2: {
      default: 0.95,
      why: "that of gaplab's Adam, so that the two differ by momentum alone; arXiv 2505.21829 finds .8 best at large batch",
      min: 0,
      below: 1,
      grid: [0.8, 0.95, 0.98],
    },
    eps: adam.hyper.eps,
    beta2HalfLife: halfLifeOf('beta2'),
  },
  // Best of .0003 to .01 at batch size 16 for `nano` and a million tokens, as for Adam.
  lrGuess: 0.003,
  scaling: 'invariant',
  state: () => ['v'],
  scalars: secondMomentScalars,
  update({ g, state, scalars }) {
    const { v, root } = secondMoment(g, state.v, scalars);
    return { u: mul(scalars.correction, div(g, root)), state: { v } };
  },
});

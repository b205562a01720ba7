// AdaSGD: SGD with momentum whose one learning rate adapts, as Adam's do coordinate by coordinate.
import { add, div, mul, rms, sqrt } from './expr.ts';
import { averages, halfLifeOf } from './half-life.ts';
import { defineOptimizer } from './rule.ts';

const betaWhy =
  "that of gaplab's SGD and Adam, so that all average over 20 steps (arXiv 2006.16541 takes Adam's)";

/**
 * m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) mean(g^2), the mean over all coordinates; p <- p - lr (m /
 * c1) / (sqrt(v / c2) + eps), with Adam's bias corrections. The direction is that of SGD with momentum: only the length
 * of the step is Adam's. Uncertain: the authors may sum where this takes a mean, and add eps elsewhere. A sum is the
 * same rule at a learning rate sqrt(number of coordinates) times as large.
 *
 * v is one number. It is kept once for each coordinate, because state is: no memory is saved here, though the rule
 * would.
 */
export const adasgd = defineOptimizer({
  name: 'adasgd',
  summary: 'SGD with momentum and one adaptive learning rate',
  source: 'Wang & Wiens, arXiv 2006.16541',
  hyper: {
    beta1: { default: 0.95, why: betaWhy, min: 0, below: 1, grid: [0.9, 0.95, 0.98] },
    beta2: { default: 0.95, why: betaWhy, min: 0, below: 1, grid: [0.9, 0.95, 0.98] },
    eps: { default: 1e-8, why: "Adam's; above zero, or a gradient of zeros would become 0 / 0", min: 1e-30 },
    beta1HalfLife: halfLifeOf('beta1'),
    beta2HalfLife: halfLifeOf('beta2'),
  },
  // `nano`, 300 thousand tokens, batch size 1: see docs/log.md.
  lrGuess: 0.002,
  scaling: 'invariant',
  state: () => ['m', 'v'],
  scalars(at) {
    const [first, second] = [averages(at, 'beta1'), averages(at, 'beta2')];
    const root = Math.sqrt(second.weight);
    return {
      beta1: first.beta,
      gain1: first.gain,
      beta2: second.beta,
      gain2: second.gain,
      eps: root * at.hyper.eps,
      correction: root / first.weight,
    };
  },
  update({ g, state, scalars: s }) {
    const m = add(mul(s.beta1, state.m), mul(s.gain1, g));
    const size = rms('all', g);
    const v = add(mul(s.beta2, state.v), mul(s.gain2, mul(size, size)));
    return { u: mul(s.correction, div(m, add(sqrt(v), s.eps))), state: { m, v } };
  },
});

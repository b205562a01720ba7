// AdaSGD: SGD with momentum whose one learning rate adapts, as Adam's do coordinate by coordinate.
import { adamHyper, adamScalars, secondMoment } from './adam.ts';
import { add, div, mul, rms } from './expr.ts';
import { defineOptimizer } from './rule.ts';

const betaWhy =
  "that of gaplab's SGD and Adam, so that all average over 20 steps (arXiv 2006.16541 takes Adam's)";

/**
 * m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) mean(g^2), the mean over
 * all coordinates; p <- p - lr (m / c1) / (sqrt(v / c2) + eps), with Adam's bias corrections.
 * The direction is that of SGD with momentum: only the length of the step is Adam's.
 * Uncertain: the authors may sum where this takes a mean, and add eps elsewhere.
 * A sum is the same rule at a learning rate sqrt(number of coordinates) times as large.
 *
 * v is one number. It is kept once for each coordinate, because state is: no memory is saved here,
 * though the rule would.
 */
export const adasgd = defineOptimizer({
  name: 'adasgd',
  summary: 'SGD with momentum and one adaptive learning rate',
  source: 'Wang & Wiens, arXiv 2006.16541',
  hyper: adamHyper(betaWhy, "Adam's; above zero, or a gradient of zeros would become 0 / 0"),
  // `nano`, 300 thousand tokens, batch size 1: see docs/log.md.
  lrGuess: 0.002,
  scaling: 'invariant',
  state: () => ['m', 'v'],
  scalars: adamScalars,
  update({ g, state, scalars: s }) {
    const m = add(mul(s.beta1, state.m), mul(s.gain1, g));
    const { v, root } = secondMoment(rms('all', g), state.v, s);
    return { u: mul(s.correction, div(m, root)), state: { m, v } };
  },
});

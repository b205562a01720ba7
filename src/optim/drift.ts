// Drift: SGD's direction as far as noise hides the gradient, Adam's as far as it does not. The rule is gaplab's own; what it
// starts from is Theorem 1 of arXiv 2506.12543.
//
// Theorem 1, one coordinate, r = sqrt(B) |g| / sigma: sign descent moves by erf(r / sqrt(2)) on average and by 1 in the root
// mean square; SGD by |g| and by |g| sqrt(1 + 1 / r^2). What a step at its best length takes off a quadratic loss goes as
// mean^2 / mean square, which is
//   SGD  r^2 / (1 + r^2)        sign  erf(r / sqrt(2))^2.
// For small r that is r^2 against (2 / pi) r^2: where noise rules, the sign throws a third of the batch away. From r = 1.19 on it is
// ahead, and as noise vanishes both come to 1: what is left to choose is the geometry, where normalizing every coordinate is what
// Adam does (its m / sqrt(v) is r / sqrt(1 + r^2), within .07 of erf(r / sqrt(2))) and what large batches reward.
//
// So the two directions are mixed by the share of a step that is signal. Not in the paper: that r is taken of all coordinates
// together (one coordinate's is lost in its own noise until it is large), that it is measured from two moving averages, and that it is
// that of the momentum, which averages (1 + beta) / (1 - beta) batches. Weights by measured signal-to-noise for one direction at a
// time are those of Balles and Hennig, arXiv 1705.07774.
import { add, div, gt, mul, rms, select, sqrt, sub } from './expr.ts';
import { defineOptimizer } from './rule.ts';

/**
 * m <- beta m + (1 - beta) g;  v <- beta v + (1 - beta) g^2, corrected for their start: M = m / c, V = v / c, c = 1 - beta^t.
 * Of all coordinates together R = |M|^2 / sum V. Were all noise, it would be b = sum of the squared weights of the average
 * (1 - beta) / (1 + beta) (1 + beta^t) / (1 - beta^t); without noise 1. So the share of |M|^2 that is signal is
 *   w = (R - b) / ((1 - b) R), 0 at least,
 * p <- p - lr M ((1 - w) / (D + eps) + w / (sqrt(V) + eps)),  D = root mean square of sqrt(V).
 * D gives both directions the same scale, so that one learning rate serves both. At the first step nothing is known and w is 0.
 */
export const drift = defineOptimizer({
  name: 'drift',
  summary: "SGD's direction and Adam's, mixed by the measured share of signal",
  source: 'gaplab, from Theorem 1 of arXiv 2506.12543',
  hyper: {
    beta: {
      default: 0.95,
      why: "that of gaplab's SGD and Adam, so that all average over 20 steps; one for both averages, or their ratio would not be a share",
      min: 0,
      below: 1,
      grid: [0.9, 0.95, 0.98],
    },
    eps: {
      default: 1e-8,
      why: "Adam's; above zero, or a coordinate that never had a gradient would become 0 / 0",
      min: 1e-30,
    },
  },
  lrGuess: 0.002,
  scaling: 'invariant',
  state: () => ['m', 'v'],
  scalars({ step, hyper: { beta, eps } }) {
    const left = beta ** (step + 1);
    const floor = ((1 - beta) / (1 + beta)) * ((1 + left) / (1 - left));
    return {
      beta,
      gain: 1 - beta,
      unbias: 1 / (1 - left),
      unbias2: 1 / Math.sqrt(1 - left),
      floor,
      // After one gradient, or when only one is remembered, all is noise as far as one can tell.
      above: step === 0 || beta === 0 ? 0 : 1 / (1 - floor),
      eps,
    };
  },
  update({ g, state, scalars: s }) {
    const m = add(mul(s.beta, state.m), mul(s.gain, g));
    const v = add(mul(s.beta, state.v), mul(s.gain, mul(g, g)));
    const size = mul(s.unbias2, rms('all', sqrt(v)));
    const ratio = div(mul(s.unbias, rms('all', m)), size);
    const share = mul(ratio, ratio);
    // Gradients that were all zero give 0 / 0, which is not above the floor either.
    const signal = select(gt(share, s.floor), div(mul(s.above, sub(share, s.floor)), share), 0);
    // A root of its own: the measured one would be kept in a buffer from pass to pass.
    const root = add(mul(s.unbias2, sqrt(v)), s.eps);
    const factor = add(div(sub(1, signal), add(size, s.eps)), div(signal, root));
    return { u: mul(mul(s.unbias, m), factor), state: { m, v } };
  },
});

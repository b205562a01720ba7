// Drift: sign descent without its diffusion. The rule is gaplab's own, from Theorem 1 of arXiv 2506.12543.
//
// By the theorem a step of sign descent is, in a coordinate with r = sqrt(B) g / sigma,
// erf(r / sqrt(2)) on average and otherwise diffusion, of variance 1 - erf^2. Where noise rules (r small)
// nearly all of the step is diffusion. So step along the drift itself, with estimates in its formula:
// the momentum for g, the spread of mini-batch gradients for sigma / sqrt(B). That is at the two ends
//   r small: sqrt(2 / pi) r, linear in the gradient, as SGD is. A gradient that is seldom and large (the row
//            of a rare token) counts by its mean. By signs it would count by its majority, and by an Adam
//            whose v forgets between two occurrences.
//   r large: sign descent, as fast in flat coordinates as in steep ones. Larger batches make use of that.
// Nothing is switched: the batch size enters through the measured noise alone.
//
// With the spread s = sqrt(V - M^2) for the noise of a batch, the drift erf(M / (sqrt(2) s))
// is a function of y = M / sqrt(V) alone, for which sqrt(2 / pi) y + y^3 / 3, held within 1, stands here:
// the slope at 0 is exact, and it is nowhere off by more than .016. Estimates of M and V are off by more,
// and the error function with its two further divisions takes three times as long.
//
// Not in the paper. The factor erf(r / sqrt(2)) is also the optimal variance adaptation of sign descent
// (Balles and Hennig, arXiv 1705.07774). Adam is close: its m / sqrt(v) is r / sqrt(1 + r^2), within .07.
// Linear it is only if the noise does not move with the gradient that it divides,
// hence the noise is to be averaged over a fixed number of tokens, `beta2HalfLife` (arXiv 2507.07101):
// many steps where batches are small. The control is therefore Adam with that half-life.
import { adamHyper } from './adam.ts';
import { add, clamp, div, mul, sqrt } from './expr.ts';
import { averages } from './half-life.ts';
import { defineOptimizer } from './rule.ts';

const betaWhy =
  "that of gaplab's SGD and Adam, so that all average over 20 steps; see beta2HalfLife for small batches";

/**
 * z = y / 3^(1/3) makes the cube's factor 1, and spares a multiplication:
 * sqrt(2 / pi) y + y^3 / 3 = z (SLOPE + z^2).
 */
const UNIT = Math.cbrt(3);
const SLOPE = UNIT * Math.sqrt(2 / Math.PI);

/**
 * m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2; M = m / (1 - beta1^t), V = v / (1 - beta2^t);
 * y = M / (sqrt(V) + eps); p <- p - lr min(1, max(-1, sqrt(2 / pi) y + y^3 / 3)).
 */
export const drift = defineOptimizer({
  name: 'drift',
  summary: 'the drift of sign descent, from measured signal and noise',
  source: 'gaplab, from Theorem 1 of arXiv 2506.12543',
  hyper: adamHyper(betaWhy),
  // Between the best of `nano` with 300 thousand tokens at batch size 8 (.002) and at 64 (.008),
  // beta2HalfLife 20000.
  lrGuess: 0.004,
  scaling: 'invariant',
  state: () => ['m', 'v'],
  scalars(at) {
    const [first, second] = [averages(at, 'beta1'), averages(at, 'beta2')];
    // z = M / (UNIT (sqrt(V) + eps)) = m / (sqrt(spread v) + eps), its corrections all below the line.
    const below = UNIT * first.weight;
    return {
      beta1: first.beta,
      gain1: first.gain,
      beta2: second.beta,
      gain2: second.gain,
      spread: below ** 2 / second.weight,
      eps: below * at.hyper.eps,
    };
  },
  update({ g, state, scalars: s }) {
    const m = add(mul(s.beta1, state.m), mul(s.gain1, g));
    const v = add(mul(s.beta2, state.v), mul(s.gain2, mul(g, g)));
    const z = div(m, add(sqrt(mul(s.spread, v)), s.eps));
    return { u: clamp(mul(z, add(SLOPE, mul(z, z))), -1, 1), state: { m, v } };
  },
});

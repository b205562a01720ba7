// Stochastic gradient descent with heavy-ball momentum, the paper's challenger.
import { add, mul } from './expr.ts';
import { defineOptimizer } from './rule.ts';

/**
 * m <- momentum * m + (1 - dampening) * (g + weightDecay * p);  p <- p - lr * m.
 * The buffer starts at zero. PyTorch starts it at the first gradient instead, which
 * is the same without dampening; with dampening = momentum (an exponential average)
 * this rule at lr / (1 - momentum) is the undampened one.
 */
export const sgd = defineOptimizer({
  name: 'sgd',
  summary: 'SGD with heavy-ball momentum',
  source: 'Polyak 1964; arXiv 2506.12543, Algorithm 1 without its clipping',
  hyper: {
    momentum: {
      default: 0.95,
      why: 'middle of the grid .9, .95, .98 of arXiv 2506.12543; equal to the Adam betas, so both average over 20 steps',
      min: 0,
      below: 1,
      grid: [0.9, 0.95, 0.98],
    },
    dampening: {
      default: 0,
      why: 'heavy ball as in arXiv 2506.12543 and PyTorch; set it equal to momentum for an average',
      min: 0,
      max: 1,
    },
    nesterov: { default: 0, why: 'arXiv 2506.12543 uses plain momentum', oneOf: [0, 1] },
    weightDecay: { default: 0, why: 'arXiv 2506.12543: 0, to isolate the optimizer', min: 0 },
  },
  // Best at batch size 16 for `nano` and a million tokens; the optimum moves 30-fold
  // between batch size 1 and 256.
  lrGuess: 0.06,
  scaling: 'multiple',
  state: ({ momentum }) => (momentum > 0 ? ['m'] : []),
  scalars: ({ hyper }) => ({
    momentum: hyper.momentum,
    gain: 1 - hyper.dampening,
    weightDecay: hyper.weightDecay,
  }),
  update({ p, g, state, scalars }, { momentum, dampening, nesterov, weightDecay }) {
    // Terms that vanish are left out, not multiplied by zero: 0 * Infinity would be NaN.
    const decayed = weightDecay > 0 ? add(g, mul(scalars.weightDecay, p)) : g;
    if (momentum === 0) return { u: decayed, state: {} };
    const m = add(mul(scalars.momentum, state.m), dampening > 0 ? mul(scalars.gain, decayed) : decayed);
    return { u: nesterov ? add(decayed, mul(scalars.momentum, m)) : m, state: { m } };
  },
});

// Normalized SGD: every step is as long as the learning rate says, its direction is that of the momentum.
import { add, div, eq, mul, norm, select } from './expr.ts';
import { defineOptimizer } from './rule.ts';

/**
 * m <- momentum * m + (1 - momentum) * g; p <- p - lr * m / |m|, with the Euclidean norm over all parameters,
 * or with `layerwise` over each tensor by itself. A zero buffer does not move.
 *
 * The length of m is divided out, so heavy ball and average are the same rule, and so is any
 * factor on the gradient. Clipping by the global norm changes only what a gradient weighs in the buffer.
 */
export const nsgd = defineOptimizer({
  name: 'nsgd',
  summary: 'normalized SGD: momentum divided by its norm',
  source: 'Cutkosky & Mehta, arXiv 2002.03305, Algorithm 1',
  hyper: {
    momentum: {
      default: 0.95,
      why: "that of gaplab's SGD and Adam, so that all average over 20 steps (the authors' own experiments: .9)",
      min: 0,
      below: 1,
      grid: [0.9, 0.95, 0.98],
    },
    layerwise: {
      default: 0,
      why: 'one norm over all parameters, as arXiv 2002.03305; 1 gives every tensor its own',
      oneOf: [0, 1],
    },
  },
  // Best of .1, .4 and 1 at batch size 16 for `nano` and a quarter of a million tokens.
  lrGuess: 1,
  scaling: 'invariant',
  state: ({ momentum }) => (momentum > 0 ? ['m'] : []),
  scalars: ({ hyper: { momentum } }) => ({ momentum, gain: 1 - momentum }),
  update({ g, state, scalars }, { momentum, layerwise }) {
    const m = momentum > 0 ? add(mul(scalars.momentum, state.m), mul(scalars.gain, g)) : g;
    const length = norm(layerwise ? 'tensor' : 'all', m);
    // 0 / 0 for a gradient that is zero everywhere; NaN for one that is not a number, so that it shows.
    const factor = select(eq(length, 0), 0, div(1, length));
    return { u: mul(factor, m), state: momentum > 0 ? { m } : {} };
  },
});

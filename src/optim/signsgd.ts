// SignSGD: every coordinate steps by the learning rate, whatever the size of its gradient.
import { sign } from './expr.ts';
import { defineOptimizer } from './rule.ts';

/**
 * p <- p - lr * sign(g), with sign(0) = 0: a coordinate without gradient (the embedding
 * of a token that is not in the batch) stays where it is. No state, no hyperparameters.
 * Clipping by the global norm changes nothing here.
 *
 * An infinite gradient has a sign, so the parameters do not show it; the gradient norm does. A NaN stays NaN.
 */
export const signsgd = defineOptimizer({
  name: 'signsgd',
  summary: 'sign of the gradient, without momentum',
  source: 'Bernstein et al., arXiv 1802.04434, Algorithm 1',
  hyper: {},
  // Best of .0003, .001, .003 at batch size 16 for `nano` and a million tokens;
  // the loss changes little between the last two.
  lrGuess: 0.003,
  scaling: 'invariant',
  state: () => [],
  scalars: () => ({}),
  update: ({ g }) => ({ u: sign(g), state: {} }),
});

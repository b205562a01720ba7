// Lion: the sign of an average that leans towards the present gradient, over a buffer with a longer memory.
import { decoupledDecay } from './decay.ts';
import { add, mul, sign } from './expr.ts';
import { defineOptimizer } from './rule.ts';

const betaWhy = (value: number) =>
  `${value}: arXiv 2302.06675 takes .95 and .98 for language models (.9 and .99 elsewhere, a longer memory than short runs have time for)`;

const withoutDecay = defineOptimizer({
  name: 'lion',
  summary: '',
  source: '',
  hyper: {
    beta1: { default: 0.95, why: betaWhy(0.95), min: 0, below: 1, grid: [0.9, 0.95] },
    beta2: { default: 0.98, why: betaWhy(0.98), min: 0, below: 1, grid: [0.95, 0.98, 0.99] },
  },
  // Best of .0003 to .003 at batch size 16 for `nano` and a million tokens: a sixth of Adam's,
  // where its authors advise a third to a tenth.
  lrGuess: 0.0005,
  scaling: 'invariant',
  state: () => ['m'],
  scalars: ({ hyper: { beta1, beta2 } }) => ({ beta1, gain1: 1 - beta1, beta2, gain2: 1 - beta2 }),
  update({ g, state, scalars: s }) {
    return {
      u: sign(add(mul(s.beta1, state.m), mul(s.gain1, g))),
      state: { m: add(mul(s.beta2, state.m), mul(s.gain2, g)) },
    };
  },
});

/**
 * c = beta1 m + (1 - beta1) g;  p <- p - lr * (sign(c) + weightDecay * p);  m <- beta2 m + (1 - beta2) g,
 * with sign(0) = 0 and m zero at first. With beta1 = beta2 it is Signum.
 */
export const lion = decoupledDecay(withoutDecay, {
  name: 'lion',
  summary: 'sign of an interpolation of momentum and gradient',
  source: 'Chen et al., arXiv 2302.06675, Algorithm 2',
  weightDecay: {
    default: 0,
    why: 'arXiv 2506.12543: 0, to isolate the optimizer (the authors of Lion take 3 to 10 times that of AdamW)',
    min: 0,
  },
});

// Batch-size-invariant Adam: squares first, averages then.
import { adam } from './adam.ts';
import { add, div, mul, scalar, sqrt } from './expr.ts';
import { defineOptimizer, GRAD_SCALE } from './rule.ts';

const betaWhy =
  'a half-life of 693 micro-batches: of one sequence of 64 tokens each, 44 thousand tokens, 1% of a run of 4 million';

/**
 * A step has k micro-batches with mean gradients g_1 ... g_k, and g is their mean. m <- b1 m + (1 - b1) g; v
 * <- b2 v + (1 - b2) mean(g_i^2); p <- p - lr k (m / c1) / (sqrt(v / c2) + eps), b1 = beta1^k, b2 = beta2^k.
 *
 * Adam squares the mean, so that its v has less noise in it the larger the batch is. The mean of squares does
 * not depend on k. With a step k times as long, and averages that forget k times as much, k micro-batches
 * in one step do what k steps of one do, to first order in the learning rate (arXiv 2402.18824 scales lr,
 * 1 - beta1 and 1 - beta2 by k; powers agree with that for few micro-batches and stay between
 * 0 and 1 for many). Learning rate and betas are those of one micro-batch, whatever the batch size is.
 *
 * Where the squares come from: a rule that declares `squares` gets its gradient
 * from the engine in micro-batches of so many sequences, and for each one the engine
 * adds the square of its gradient to that state. The rule reads the sum and leaves zeros for the next step.
 *
 * Uncertain: the place of eps and of the bias corrections, which are Adam's here.
 * A gradient that is clipped has its micro-batch gradients cut by the same factor.
 * Transforms that change single coordinates of the gradient leave the squares as they are.
 */
export const invadam = defineOptimizer({
  name: 'invadam',
  summary: 'batch-size-invariant Adam: the second moment averages squares of micro-batch gradients',
  source: 'Wang & Aitchison, arXiv 2402.18824',
  hyper: {
    beta1: { default: 0.999, why: betaWhy, min: 0, below: 1, grid: [0.998, 0.999, 0.9995] },
    beta2: { default: 0.999, why: betaWhy, min: 0, below: 1, grid: [0.998, 0.999, 0.9995] },
    eps: adam.hyper.eps,
    micro: {
      default: 1,
      why: 'sequences of a micro-batch: the least there is, so that every batch size can be compared with 1',
      min: 1,
      whole: true,
    },
  },
  // A guess: nothing was measured yet.
  lrGuess: 0.0005,
  scaling: 'invariant',
  state: () => ['m', 'v', 'squares'],
  squares: ({ micro }) => [{ buffer: 'squares', sequences: micro }],
  scalars({ step, hyper: { beta1, beta2, eps }, tokens, microBatches: k = 1 }) {
    // Micro-batches seen, this step's included.
    const all = tokens && tokens.now > 0 ? (k * (tokens.seen + tokens.now)) / tokens.now : k * (step + 1);
    const [log1, log2] = [beta1, beta2].map(Math.log);
    const [weight1, weight2] = [log1, log2].map((log) => -Math.expm1(all * log));
    const root = Math.sqrt(weight2);
    return {
      beta1: beta1 ** k,
      gain1: -Math.expm1(k * log1),
      beta2: beta2 ** k,
      gain2: -Math.expm1(k * log2),
      eps: root * eps,
      correction: (k * root) / weight1,
      k,
    };
  },
  update({ g, state, scalars: s }) {
    const m = add(mul(s.beta1, state.m), mul(s.gain1, g));
    // The gradient buffer holds sums over sequences and is scaled to the mean of n = k b of them;
    // that of b is k times as large, and the mean of k squares a k-th of their sum.
    const scale = scalar(GRAD_SCALE);
    const squares = mul(mul(s.k, mul(scale, scale)), state.squares);
    const v = add(mul(s.beta2, state.v), mul(s.gain2, squares));
    return {
      u: mul(s.correction, div(m, add(sqrt(v), s.eps))),
      state: { m, v, squares: { op: 'const', value: 0 } },
    };
  },
});

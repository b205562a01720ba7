// Signum: SGD with momentum that steps along the sign of its buffer.
import { add, mul, sign } from './expr.ts';
import { defineOptimizer } from './rule.ts';

/**
 * m <- momentum * m + (1 - momentum) * g;  p <- p - lr * sign(m), with sign(0) = 0.
 *
 * The buffer starts at zero, so a dampening factor scales all of m and its sign does not see it:
 * heavy ball and average are the same rule. plainLM, the training code of the paper's authors,
 * starts the buffer at the first gradient and then adds that gradient once more,
 * so that it weighs 1 + momentum / (1 - dampening) times what the others do: about twice without dampening,
 * 1 / (1 - momentum) times as an average. Its sign is forgotten with the buffer's memory.
 *
 * Where the gradient stops being other than zero, m shrinks but its sign stays:
 * the coordinate keeps stepping until m underflows, and an optimizer of this kind
 * moves rare tokens' embeddings long after their last occurrence.
 */
export const signum = defineOptimizer({
  name: 'signum',
  summary: 'sign of the momentum buffer',
  source: 'Bernstein et al., arXiv 1802.04434, Algorithm 2',
  hyper: {
    momentum: {
      default: 0.95,
      why: "best at large batch size in arXiv 2505.21829, and that of gaplab's SGD and Adam, so all average over 20 steps",
      min: 0,
      below: 1,
      grid: [0.9, 0.95, 0.98],
    },
  },
  // Best of .0003 to .003 at batch size 16 for `nano` and a million tokens: a third of Adam's.
  // At batch size 256 and 160M parameters arXiv 2505.21829 finds an eighth to a sixteenth.
  lrGuess: 0.001,
  scaling: 'invariant',
  state: ({ momentum }) => (momentum > 0 ? ['m'] : []),
  scalars: ({ hyper: { momentum } }) => ({ momentum, gain: 1 - momentum }),
  update({ g, state, scalars }, { momentum }) {
    if (momentum === 0) return { u: sign(g), state: {} };
    const m = add(mul(scalars.momentum, state.m), mul(scalars.gain, g));
    return { u: sign(m), state: { m } };
  },
});

// Adam with the noise taken out of its second moment, after DP-AdamBC.
import { adamHyper } from './adam.ts';
import { add, div, max, mul, sqrt, sub } from './expr.ts';
import { averages } from './half-life.ts';
import { defineOptimizer } from './rule.ts';

const { beta1, beta2, ...others } = adamHyper(
  "that of gaplab's SGD and Adam, so that all average over 20 steps",
);

/**
 * m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2; n <- beta2 n + (1 - beta2) (g - last)^2 / 2;
 * last <- g; M = m / c1, V = v / c2, N = n / c2'; p <- p - lr M / (sqrt(max(V - N, floor V)) + eps).
 *
 * arXiv 2312.14334 subtracts the variance of the noise that privacy adds, which is known,
 * and finds that with it noisy Adam is SGD. Here the noise is that of mini-batches, and it is measured:
 * half of the squared difference of two successive gradients is its variance without
 * bias, at any batch size, as long as the gradient itself changes little in a step.
 * It needs no micro-batches. Adam's V is signal squared plus noise, so that V - N is the signal.
 * The first step has no gradient before it: n gains nothing there, and c2' counts from the second.
 *
 * Uncertain: the authors bound V - N from below by a constant; `floor` is a share of V,
 * so that the rule does not depend on the scale of the loss. Clipped gradients are what is measured,
 * as they are what is stepped along.
 */
export const adambc = defineOptimizer({
  name: 'adambc',
  summary: 'Adam with measured mini-batch noise taken out of the second moment',
  source: 'after DP-AdamBC, Tang et al., arXiv 2312.14334',
  hyper: {
    beta1,
    beta2,
    floor: {
      default: 0.01,
      why: 'no step is more than 10 times as long as that of Adam; the authors have a constant here',
      min: 1e-12,
      max: 1,
      grid: [0.001, 0.01, 0.1],
    },
    ...others,
  },
  // `nano`, 300 thousand tokens, batch size 1: see docs/log.md.
  lrGuess: 0.0005,
  scaling: 'invariant',
  state: () => ['m', 'v', 'n', 'last'],
  scalars(at) {
    const [first, second] = [averages(at, 'beta1'), averages(at, 'beta2')];
    // The weights in n: those in v without that of the first step, 1 - beta2^step.
    const weightN = second.beta === 0 ? 1 : (second.weight - second.gain) / second.beta;
    return {
      beta1: first.beta,
      gain1: first.gain,
      beta2: second.beta,
      gain2: second.gain,
      // Zero where there is no gradient before.
      gainN: at.step === 0 ? 0 : second.gain / 2,
      correctM: 1 / first.weight,
      correctV: 1 / second.weight,
      correctN: at.step === 0 ? 0 : 1 / weightN,
      floor: at.hyper.floor,
      eps: at.hyper.eps,
    };
  },
  update({ g, state, scalars: s }) {
    const m = add(mul(s.beta1, state.m), mul(s.gain1, g));
    const v = add(mul(s.beta2, state.v), mul(s.gain2, mul(g, g)));
    const change = sub(g, state.last);
    const n = add(mul(s.beta2, state.n), mul(s.gainN, mul(change, change)));
    const V = mul(s.correctV, v);
    const signal = max(sub(V, mul(s.correctN, n)), mul(s.floor, V));
    return { u: div(mul(s.correctM, m), add(sqrt(signal), s.eps)), state: { m, v, n, last: g } };
  },
});

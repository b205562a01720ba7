// How long an exponential average remembers, counted in tokens instead of steps:
// then it means the same at every batch size (Marek et al., arXiv 2507.07101: the second
// moment's half-life is best held fixed in tokens, about 1 to 2% of a run).
import type { HyperSpec, Moment } from './rule.ts';

/** The hyperparameter `<beta>HalfLife`. */
export const halfLifeOf = (beta: string): HyperSpec => ({
  default: null,
  why: `tokens after which a gradient weighs half in the average, in place of ${beta} (arXiv 2507.07101); left out: ${beta} holds per step`,
  min: 1,
  replaces: beta,
});

/**
 * Beyond so many tokens a half-life makes no difference that float32 could hold,
 * but its weights would underflow there.
 */
const LONGEST = 1e16;

export interface Average {
  /** Factor of what is remembered, and `gain` = 1 - beta of what comes in. */
  beta: number;
  gain: number;
  /** Sum of the weights so far, 1 minus the product of all factors: the bias correction divides by it. */
  weight: number;
}

/**
 * The average of this step. In tokens: beta = 0.5^(tokens of the step / half-life),
 * so that `weight` depends on the tokens seen alone, whatever the batch sizes were. Differences
 * from 1 are computed as such (expm1, log1p): where beta is near 1, subtracting it from 1 leaves no digits.
 */
export function averages({ hyper, step, tokens }: Moment, name: string): Average {
  const halfLife = hyper[`${name}HalfLife`];
  if (halfLife === undefined) {
    const beta = hyper[name];
    const gain = 1 - beta; // exact: the two are neighbours
    return { beta, gain, weight: -Math.expm1((step + 1) * Math.log1p(-gain)) };
  }
  if (!tokens) throw new Error(`${name}HalfLife: the step does not say how many tokens it has seen`);
  const length = Math.min(halfLife, LONGEST);
  const rate = Math.LN2 / length;
  const { seen, now } = tokens;
  return {
    beta: 0.5 ** (now / length),
    gain: -Math.expm1(-now * rate),
    weight: -Math.expm1(-(seen + now) * rate),
  };
}

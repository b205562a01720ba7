// How long an exponential average remembers, counted in tokens instead of steps: then it means the same at every batch
// size (Marek et al., arXiv 2507.07101: the second moment's half-life is best held fixed in tokens, about 1 to 2% of a run).
import type { HyperSpec, Moment } from './rule.ts';

/** The hyperparameter `<beta>HalfLife`. */
export const halfLifeOf = (beta: string): HyperSpec => ({
  default: null,
  why: `tokens after which a gradient weighs half in the average, in place of ${beta} (arXiv 2507.07101); left out: ${beta} holds per step`,
  min: 1,
  replaces: beta,
});

/**
 * The average's factor `beta` of this step, and `left`, the product of all factors so far, which is what bias
 * correction takes from 1. In tokens: beta = 0.5^(tokens of the step / half-life), so that `left` depends on the
 * tokens seen alone, whatever the batch sizes were.
 */
export function averages({ hyper, step, tokens }: Moment, name: string): { beta: number; left: number } {
  const halfLife = hyper[`${name}HalfLife`];
  if (halfLife === undefined) return { beta: hyper[name], left: hyper[name] ** (step + 1) };
  if (!tokens) throw new Error(`${name}HalfLife: the step does not say how many tokens it has seen`);
  return { beta: 0.5 ** (tokens.now / halfLife), left: 0.5 ** ((tokens.seen + tokens.now) / halfLife) };
}

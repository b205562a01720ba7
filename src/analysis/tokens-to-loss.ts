// An effect size that people can use: how many times the tokens one optimizer needs for the loss of another.
import type { Interval } from './stats.ts';

/**
 * Loss that tuned runs with this budget end at, mean over seeds. A budget is a whole run:
 * no loss from the middle of a schedule.
 */
export interface BudgetLoss {
  tokens: number;
  loss: number;
}

/** A multiple of the baseline's tokens. Beyond the budgets that were run it is known as a bound. */
export interface Multiple {
  times: number;
  bound: 'exact' | 'more than' | 'less than';
}

export interface TokensToLoss extends Multiple {
  /** Loss to be reached: that of the baseline with its budget, in nats. */
  target: number;
  /** Ends of the 95% interval; null where the gap has none. */
  lo: Multiple | null;
  hi: Multiple | null;
}

/**
 * At which budget the challenger's `curve` reaches the loss that it is `gap` behind of at `tokens`,
 * as a multiple of `tokens`. Losses between budgets are on a straight line over the logarithm of the budget.
 * The interval is that of the gap, carried over by the curve: with the gap's lower
 * end less is to be caught up. Null with fewer than two budgets, or where the curve has none at `tokens`.
 * At one batch size the same multiple holds for steps.
 */
export function tokensToLoss(
  curve: readonly BudgetLoss[],
  { tokens, gap, ci95 }: { tokens: number; gap: number; ci95: Interval | null },
): TokensToLoss | null {
  const sorted = curve.toSorted((a, b) => a.tokens - b.tokens);
  const own = sorted.find((point) => point.tokens === tokens);
  if (sorted.length < 2 || !own) return null;
  const at = (behind: number) => multiple(sorted, own.loss - behind, tokens);
  return {
    target: own.loss - gap,
    ...at(gap),
    lo: ci95 && at(ci95[0]),
    hi: ci95 && at(ci95[1]),
  };
}

/** Where the curve, from the smallest budget on, first is at the target or below. */
function multiple(curve: readonly BudgetLoss[], target: number, tokens: number): Multiple {
  if (curve[0].loss <= target)
    return { times: curve[0].tokens / tokens, bound: curve[0].loss === target ? 'exact' : 'less than' };
  const after = curve.findIndex(({ loss }) => loss <= target);
  if (after < 0) return { times: curve[curve.length - 1].tokens / tokens, bound: 'more than' };
  const [a, b] = [curve[after - 1], curve[after]];
  const share = (a.loss - target) / (a.loss - b.loss);
  return { times: (a.tokens / tokens) * (b.tokens / a.tokens) ** share, bound: 'exact' };
}

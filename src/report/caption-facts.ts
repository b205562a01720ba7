// Facts that captions state, read from what was run.
import type { Budget } from '../analysis/budgets.ts';
import { isDone, type RunRow } from '../analysis/rows.ts';
import { budgetText, number, plural } from './format.ts';

/** "3 seeds", or "1 to 3 seeds" where points differ; zeros are points without a loss. */
export function seedsText(seeds: readonly number[]): string {
  const known = seeds.filter((n) => n > 0);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  if (known.length === 0) return 'seeds';
  return least === most ? plural(most, 'seed') : `${least} to ${most} seeds`;
}

/** The budget, and on how many tokens the finished runs have really trained. */
export function budgetSentences(budget: Budget, rows: readonly RunRow[]): string {
  const tokens = rows.filter(isDone).map((row) => row.tokensTrained ?? row.tokens);
  const least = tokens.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = tokens.reduce((a, b) => Math.max(a, b), 0);
  const trained = least === most ? number(most) : `${number(least)} to ${number(most)}`;
  if (budget.tokens === null)
    return `Every run has ${budgetText(budget)}, so a larger batch size means more tokens${most > 0 ? `: the runs trained on ${trained}` : ''}.`;
  const exact = most === 0 || (least === budget.tokens && most === budget.tokens);
  return `Every run has a budget of ${number(budget.tokens)} tokens, so a larger batch size means fewer steps.${exact ? '' : ` Whole batches made it ${trained}.`}`;
}

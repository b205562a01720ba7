// The budgets of a study: equal tokens for every batch size, or equal steps.

import { byName } from '../core/natural.ts';

/** Exactly one of the two is a number. */
export interface Budget {
  tokens: number | null;
  steps: number | null;
}

interface Studied {
  tokens: readonly number[];
  steps?: readonly number[];
  models: Record<string, { seqLen: number }>;
}

/** Token budgets, then budgets in steps. */
export const budgetsOf = ({ tokens, steps = [] }: Pick<Studied, 'tokens' | 'steps'>): Budget[] => [
  ...tokens.map((n) => ({ tokens: n, steps: null })),
  ...steps.map((n) => ({ tokens: null, steps: n })),
];

/** Training tokens of a run. */
export const tokensOf = (budget: Budget, batchSize: number, seqLen: number): number =>
  budget.tokens ?? budget.steps! * batchSize * seqLen;

/** A budget of one model: what a frontier over batch sizes is for. */
export interface Frontier extends Budget {
  model: string;
}

/** All of them, models in the order of their labels. */
export const frontiersOf = (study: Studied): Frontier[] =>
  Object.keys(study.models)
    .sort(byName)
    .flatMap((model) => budgetsOf(study).map((budget) => ({ model, ...budget })));

/** Whether a cell, row or gap belongs to a frontier. */
export function isOn(
  { model, ...budget }: Frontier,
  study: Pick<Studied, 'models'>,
): (x: { model: string; tokens: number; batchSize: number }) => boolean {
  return (x) =>
    x.model === model &&
    x.tokens === tokensOf(budget, x.batchSize, study.models[model]?.seqLen ?? Number.NaN);
}

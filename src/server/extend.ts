// More of the same study: further fresh seeds, batch sizes and budgets. The runs
// that are there keep their ids, so exactly those that are new will be made.

import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import { UserError } from '../core/errors.ts';
import { lockStudy } from '../store/lock.ts';
import { type FrozenStudy, frozenStudy } from '../store/schemas.ts';
import { freezeStudy, readStudy } from '../store/study-dir.ts';
import { cellLength } from '../study/shortfall.ts';
import { refuseLargeStudy } from './bounds.ts';
import type { Actions } from './wire.ts';

/** Throws UserError for what is no more of the study, or makes no sense. */
export function extended(
  study: FrozenStudy,
  { fresh, batchSizes = [], tokens = [] }: Pick<Actions['extend'], 'fresh' | 'batchSizes' | 'tokens'>,
): FrozenStudy {
  if (fresh !== undefined && fresh < study.seeds.fresh)
    throw new UserError(`the study has ${study.seeds.fresh} fresh seeds already: give a larger number`);
  const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  if (tokens.length > 0 && study.tokens.length === 0)
    throw new UserError('the budgets of this study are in steps: it cannot be given tokens');
  const smallest = study.batchSizes[0];
  const first = Object.values(study.optimizers).some(({ lr }) => lr.kind === 'bracket');
  // The search begins at the smallest batch size: with another one, other learning
  // rates are tried everywhere.
  if (first && batchSizes.some((size) => size < smallest))
    throw new UserError(
      `the search for learning rates begins at batch size ${smallest}: add larger ones, or make a new study`,
    );
  const made: FrozenStudy = {
    ...study,
    batchSizes: ascending([...study.batchSizes, ...batchSizes]),
    // Budgets stay in their order: tables show them so.
    tokens: [...new Set([...study.tokens, ...tokens])],
    seeds: { ...study.seeds, fresh: fresh ?? study.seeds.fresh },
  };
  if (JSON.stringify(made) === JSON.stringify(study))
    throw new UserError('that is what the study has already');
  refuseLargeStudy(made);
  for (const model of Object.keys(made.models))
    for (const optimizer of Object.keys(made.optimizers))
      for (const batchSize of made.batchSizes)
        for (const budget of budgetsOf(made)) {
          const budgetTokens = tokensOf(budget, batchSize, made.models[model].seqLen);
          cellLength(made, { model, optimizer, batchSize, tokens: budgetTokens });
        }
  return frozenStudy.parse(made);
}

/** Changes study.json, while no study command works there. Workers notice it by themselves. */
export async function extendStudy(dir: string, by: Parameters<typeof extended>[1]): Promise<void> {
  const lock = await lockStudy(dir, { advice: 'pause it first' });
  try {
    freezeStudy(dir, extended(readStudy(dir), by), () => {});
  } finally {
    lock.release('finished');
  }
}

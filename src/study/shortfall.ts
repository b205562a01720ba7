// Where whole batches cannot use up a budget: what the runs of such cells train, and how that is told.
import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import type { CellKey } from '../analysis/frontier.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { lengthOf, type RunLength } from '../train/budget.ts';
import { budgetOf } from './points.ts';

/** Share of a budget that may stay unused without a word. */
const TOLERATED = 0.01;

/** How long the runs of a cell are: a pure function of the study. */
export function cellLength(study: FrozenStudy, cell: CellKey): RunLength {
  const { seqLen } = study.models[cell.model];
  const growth = study.optimizers[cell.optimizer].batchSchedule;
  return lengthOf(budgetOf(study, cell), { batchSize: cell.batchSize, seqLen, growth });
}

/** A budget of which whole batches leave more than 1% unused. */
export interface Shortfall extends Omit<CellKey, 'optimizer'> {
  /** Arms of which this is true. */
  optimizers: string[];
  /** Tokens that their runs train. */
  trained: number;
}

/** All shortfalls of a study, in the order of its cells. A budget in steps is met by definition. */
export function shortfalls(study: FrozenStudy): Shortfall[] {
  const found = new Map<string, Shortfall>();
  for (const model of Object.keys(study.models))
    for (const budget of budgetsOf(study))
      for (const batchSize of study.batchSizes)
        for (const optimizer of Object.keys(study.optimizers)) {
          const tokens = tokensOf(budget, batchSize, study.models[model].seqLen);
          const cell = { model, batchSize, tokens, optimizer };
          if ('steps' in budgetOf(study, cell)) continue;
          const trained = cellLength(study, cell).tokens;
          if (trained >= (1 - TOLERATED) * tokens) continue;
          const key = JSON.stringify([model, tokens, batchSize, trained]);
          const same = found.get(key);
          if (same) same.optimizers.push(optimizer);
          else found.set(key, { model, batchSize, tokens, optimizers: [optimizer], trained });
        }
  return [...found.values()];
}

const number = (n: number) => n.toLocaleString('en-US');

/** A share as people read it, rounded down so that what is missing never reads as whole. */
export const shareText = (part: number, whole: number): string =>
  `${Math.floor((1000 * part) / whole) / 10}%`;

/** One sentence for people. Models and arms are named where the study has others. */
export function shortfallText(
  study: FrozenStudy,
  { model, batchSize, tokens, trained, optimizers }: Shortfall,
): string {
  const others = Object.keys(study.models).length > 1 ? ` of ${model}` : '';
  const arms =
    optimizers.length < Object.keys(study.optimizers).length ? ` with ${optimizers.join(', ')}` : '';
  return `At batch size ${batchSize}${others}${arms}, whole batches make ${number(trained)} of the ${number(tokens)} tokens (${shareText(trained, tokens)}).`;
}

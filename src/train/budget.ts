// How long a run is: the steps that its budget pays for, and the tokens that these steps train.
import { UserError } from '../core/errors.ts';
import { type BatchSchedule, batchPlan } from '../optim/batch-schedules.ts';
import type { RunConfig } from './config.ts';
import type { ScriptConfig } from './script-config.ts';

/**
 * What a run may use: tokens, of which it never uses more, or optimizer steps, of which
 * it takes exactly so many.
 */
export type RunBudget = { tokens: number } | { steps: number };

/** A batch that grows: from so many sequences, over this share of the sequences that the run sees. */
export interface Growth {
  name: string;
  from: number;
  over: number;
}

export interface RunLength {
  steps: number;
  /** Tokens that those steps train. */
  tokens: number;
  /** Absent where the batch does not grow. */
  batchSchedule?: BatchSchedule;
}

/**
 * The length of a run of whole batches. Throws UserError when the budget does not
 * pay for one step of the full batch size.
 */
export function lengthOf(
  budget: RunBudget,
  { batchSize, seqLen, growth }: { batchSize: number; seqLen: number; growth?: Growth },
): RunLength {
  const scheduleFor = (sequences: number) => growthOver(growth, sequences, batchSize);
  const seen = (steps: number, schedule?: BatchSchedule) => batchPlan(batchSize, schedule).at(steps).first;
  if ('tokens' in budget) {
    if (batchSize * seqLen > budget.tokens)
      throw new UserError(
        `one step of ${batchSize} sequences x ${seqLen} tokens is more than the budget of ${budget.tokens} tokens; raise tokens, or lower the batch size`,
      );
    const batchSchedule = scheduleFor(budget.tokens / seqLen);
    const steps = batchPlan(batchSize, batchSchedule).steps(budget.tokens / seqLen);
    return {
      steps,
      tokens: seen(steps, batchSchedule) * seqLen,
      ...(batchSchedule ? { batchSchedule } : {}),
    };
  }
  const { steps } = budget;
  // The growth takes a share of the sequences, and the sequences depend on the growth:
  // the largest number that agrees with itself.
  let [agrees, beyond] = [1, steps * batchSize + 1];
  while (growth && beyond - agrees > 1) {
    const middle = Math.floor((agrees + beyond) / 2);
    if (seen(steps, scheduleFor(middle)) >= middle) agrees = middle;
    else beyond = middle;
  }
  const batchSchedule = scheduleFor(agrees);
  return { steps, tokens: seen(steps, batchSchedule) * seqLen, ...(batchSchedule ? { batchSchedule } : {}) };
}

/** Tokens that all steps of a run train; sequences, where a script does not say how many tokens one has. */
export function trainedTokens(
  config: Pick<RunConfig, 'batchSize' | 'batchSchedule' | 'steps' | 'model'> | ScriptConfig,
): number {
  if ('kind' in config) return config.steps * config.batchSize * (config.tokensPerSequence ?? 1);
  return batchPlan(config.batchSize, config.batchSchedule).at(config.steps).first * config.model.seqLen;
}

/** The growth of a run that sees so many sequences; undefined where its batch would not grow. */
function growthOver(
  growth: Growth | undefined,
  sequences: number,
  batchSize: number,
): BatchSchedule | undefined {
  if (!growth || growth.from >= batchSize) return undefined;
  const { name, from, over } = growth;
  return { name, from, sequences: Math.max(1, Math.round(over * sequences)) };
}

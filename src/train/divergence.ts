// When a run counts as diverged. Divergence is a result of its hyperparameters, not a failure of the program.
// It is judged by the training loss alone: a model that fits its text too well has a high validation loss,
// and that loss is its result.
import type { ModelConfig } from '../model/config.ts';

/** Nats above the loss before training that still count as "has not learned yet". */
export const MARGIN = 0.2;
/**
 * Share of the run that the smoothed loss must stay above before it is given up,
 * and the least number of steps.
 */
const PATIENCE = 0.1;
const MIN_STEPS = 10;
/** Weight of a new loss in the smoothed one. */
export const WEIGHT = 0.1;

export interface DivergenceState {
  smooth: number | null;
  above: number;
}

/** Loss of guessing every token with equal probability, nats. */
export const uniformLoss = (vocabSize: number): number => Math.log(vocabSize);

type Untrained = Pick<ModelConfig, 'vocabSize' | 'dim' | 'initStd'>;

/**
 * Loss above which a run is worse than one that has learned nothing, nats. Untrained
 * logits are products of a normed row with normal weights, so of variance dim initStd^2,
 * half of which comes on top of the uniform loss: 0.01 for nano, 0.41 for 1b.
 */
export const lossLimit = ({ vocabSize, dim, initStd }: Untrained): number =>
  uniformLoss(vocabSize) + (dim * initStd ** 2) / 2 + MARGIN;

/** Steps in a row that the smoothed loss of a run of so many steps may stay above the limit. */
export const patienceOf = (steps: number): number => Math.max(MIN_STEPS, Math.ceil(PATIENCE * steps));

/**
 * What decides in a run of so many steps; `patience`: steps in a row above `limit`, `weight`:
 * of a new loss in the smoothed one.
 */
export const divergenceRules = (model: Untrained, steps: number) => ({
  limit: lossLimit(model),
  patience: patienceOf(steps),
  weight: WEIGHT,
});

/**
 * Takes the loss and gradient norm of one step into `state`. Returns the reason if the run has diverged: a
 * non-finite value, or a smoothed loss above that of guessing for a tenth of the run.
 */
export function checkDivergence(
  state: DivergenceState,
  at: { loss: number; gradNorm: number; step: number; steps: number; model: Untrained },
): string | undefined {
  const { loss, gradNorm, step, steps, model } = at;
  if (!Number.isFinite(loss)) return `loss is ${loss} at step ${step}`;
  if (!Number.isFinite(gradNorm)) return `gradient norm is ${gradNorm} at step ${step}`;
  const { limit, patience, weight } = divergenceRules(model, steps);
  state.smooth = state.smooth === null ? loss : state.smooth + weight * (loss - state.smooth);
  state.above = state.smooth > limit ? state.above + 1 : 0;
  if (state.above < patience) return undefined;
  return `loss above that of guessing (${limit.toFixed(2)} nats) for ${state.above} steps, at step ${step}`;
}

/**
 * Why a run that took all its steps has diverged all the same: its last updates may have destroyed the model,
 * which no step after them tells. `trainLoss` is the loss on the last batch after them;
 * it is asked for only where the validation loss gives cause.
 */
export async function checkEnd(
  validationLoss: number,
  model: Untrained,
  trainLoss: () => Promise<number>,
): Promise<string | undefined> {
  const limit = lossLimit(model);
  if (validationLoss < limit) return undefined;
  const loss = await trainLoss();
  if (!(loss < limit))
    return Number.isFinite(loss)
      ? `training loss ${loss.toFixed(2)} after the last step is above that of guessing`
      : `training loss is ${loss} after the last step`;
  return Number.isFinite(validationLoss) ? undefined : `validation loss is ${validationLoss}`;
}

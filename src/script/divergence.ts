// When the losses that a script tells mean that its run has diverged, by the rules for gaplab's own models.
import { MARGIN, patienceOf, WEIGHT } from '../train/divergence.ts';

export interface Divergence {
  /** Takes in what a line says; gives the reason once the run has diverged. */
  see(said: { step: number; loss?: number; valLoss?: number }): string | undefined;
  /** The same for the end: the objective is judged by what the training loss says, too. */
  atEnd(valLoss: number | undefined): string | undefined;
}

/** Without `guessLoss` only losses that are not finite tell of divergence. */
export function createDivergence(steps: number, guessLoss: number | undefined): Divergence {
  const limit = guessLoss === undefined ? Number.POSITIVE_INFINITY : guessLoss + MARGIN;
  const patience = patienceOf(steps);
  let smooth: number | undefined;
  let last: number | undefined;
  let aboveSince: number | undefined;
  return {
    see({ step, loss, valLoss }) {
      for (const [name, value] of Object.entries({ loss, valLoss }))
        if (value !== undefined && !Number.isFinite(value)) return `${name} is ${value} at step ${step}`;
      if (loss === undefined) return undefined;
      last = loss;
      smooth = smooth === undefined ? loss : smooth + WEIGHT * (loss - smooth);
      if (!(smooth > limit)) aboveSince = undefined;
      else aboveSince ??= step;
      return aboveSince === undefined || step - aboveSince < patience
        ? undefined
        : `loss above that of guessing (${limit.toFixed(2)}) for ${step - aboveSince} steps, at step ${step}`;
    },
    atEnd(valLoss) {
      if (valLoss === undefined || valLoss < limit) return undefined;
      // A model that fits its training data too well has a high loss on others, and that is its result.
      return last !== undefined && last < limit
        ? undefined
        : `the last loss, ${(last ?? valLoss).toFixed(2)}, is above that of guessing (${limit.toFixed(2)})`;
    },
  };
}

// The smallest study that tests a piece of advice: SGD and Adam, tuned at the batch sizes that were asked
// for.
import { UserError } from '../core/errors.ts';
import { modelPresets } from '../model/presets.ts';
import { optimizer } from '../optim/registry.ts';
import type { StudyInput } from '../study/schema.ts';
import { type Given, holds, whatLr } from './given.ts';
import { rateFacts } from './rates.ts';

/** Three fresh seeds are the fewest whose interval decides anything. */
const FRESH = 3;

/** Throws UserError where the advice says too little to be tried. */
export function checkStudy(given: Given): StudyInput {
  const { model, tokens, batchSizes, label } = given;
  if (!model)
    throw new UserError('a number of parameters cannot be trained: --check needs a preset or a config.json');
  if (tokens === undefined) throw new UserError('--check needs to know how long its runs are: give --tokens');
  const arm = (name: 'sgd' | 'adam', hyper: Record<string, number>) => ({
    optimizer: name,
    hyper,
    lr: { guess: guessOf(given, name) },
  });
  return {
    name: `advice-${label.replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '')}-${tokens}`,
    title: `Is the advice for ${label} right?`,
    // A preset by its name; another model is told in full.
    model: Object.hasOwn(modelPresets, label) ? label : [{ preset: 'nano', label: nameOf(label), ...model }],
    tokens,
    batchSizes: [...batchSizes],
    optimizers: {
      sgd: arm('sgd', { momentum: 0.95 }),
      adam: arm('adam', { beta1: 0.95, beta2: 0.95 }),
    },
    seeds: { tune: 1, fresh: FRESH },
    eval: { tokens: 16384 },
  } as StudyInput;
}

const nameOf = (label: string) =>
  label
    .split('/')
    .filter(Boolean)
    .at(-1)!
    .replace(/[^\w.-]+/g, '-');

/** The search begins where the advice says, and else where it always does. */
function guessOf(given: Given, arm: 'sgd' | 'adam'): number {
  const facts = rateFacts(given, given.batchSizes[0]).filter(
    (fact) => fact.what === whatLr(arm) && holds(fact),
  );
  return facts[0]?.value ?? optimizer(arm).lrGuess;
}

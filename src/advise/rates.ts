// Learning rates and betas to start from, at each batch size. Rules that disagree stand side by side.
import { optimizer } from '../optim/registry.ts';
import { count, short } from '../report/format.ts';
import {
  accepted,
  type Fact,
  type Given,
  isNear,
  NANO_INNER,
  nearestCell,
  refused,
  whatLr,
} from './given.ts';
import { halfLife } from './rules/half-life.ts';
import { longerRun } from './rules/longer.ts';
import { noiseLimited } from './rules/noise-limited.ts';
import { sqrtBatch } from './rules/sqrt-batch.ts';
import { stepLaw } from './rules/step-law.ts';
import { publishedSweep } from './rules/sweep.ts';
import { widthTransfer } from './rules/width.ts';

export function rateFacts(given: Given, batchSize: number): Fact[] {
  return [
    ...['sgd', 'adam'].flatMap((arm) => [
      ...measured(given, arm, batchSize),
      ...(arm === 'sgd' ? noiseLimited(given, batchSize) : []),
      ...sqrtBatch(given, arm, batchSize),
      ...widthTransfer(given, arm, batchSize),
      start(given, arm, batchSize),
      ...publishedSweep(given, arm, batchSize),
    ]),
    ...longerRun(given, batchSize),
    ...stepLaw(given),
    ...halfLife(given, batchSize),
  ];
}

/** The user's own optimum. */
function measured(given: Given, arm: string, batchSize: number): Fact[] {
  const own = nearestCell(given, arm, batchSize);
  if (!own || own.batchSize !== batchSize) return [];
  const { lr } = own.best!;
  return [
    accepted({
      what: whatLr(arm),
      origin: 'measured by you',
      range: 'its model and budget',
      value: lr,
      text: `${short(lr)}${own.bracketed ? '' : ' (at the edge of what was tried: a better one may lie beyond)'}`,
      source: `tuned in ${given.study!.name} at this batch size`,
    }),
  ];
}

/** Where gaplab's own search begins. */
function start({ inner }: Given, arm: string, batchSize: number): Fact {
  const base = {
    what: whatLr(arm),
    origin: 'runs of this project' as const,
    source: 'where its own search begins (how good that is: docs/advisor.md)',
    range: `models of about ${count(NANO_INNER)} inner parameters, batch sizes 1 to 64`,
  };
  const value = optimizer(arm).lrGuess;
  if (!isNear(inner, NANO_INNER))
    return refused(base, `the model has ${count(inner)} inner parameters`, value);
  if (batchSize > 64) return refused(base, `the batch size is ${batchSize}`, value);
  return accepted({ ...base, value, text: `${short(value)}, as the start of a search` });
}

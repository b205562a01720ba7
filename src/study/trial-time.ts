// What a study of a script will take, from the time of its trials.
import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { lengthOf } from '../train/budget.ts';
import { addRuns, type CountRange, nothing, runsOf } from './run-counts.ts';
import type { Trial } from './trial.ts';

export interface Takes {
  /** Seconds until the first step, and of a step at the smallest and at the largest batch size. */
  start: number;
  perStep: [smallest: number, largest: number];
  runs: CountRange;
  /** One run at a time. */
  seconds: CountRange;
  text: string;
}

/** Trials at the smallest and at the largest batch size, of so many steps. */
export function takesOf(study: FrozenStudy, steps: number, [small, large]: [Trial, Trial]): Takes {
  const start = startOf(small);
  const perStep: Takes['perStep'] = [perStepOf(small, steps, start), perStepOf(large, steps, start)];
  const [least, most] = [study.batchSizes[0], study.batchSizes.at(-1)!];
  // A step takes a constant and a share for each sequence.
  const secondsOfStep = (batchSize: number) =>
    most === least
      ? perStep[0]
      : perStep[0] + ((perStep[1] - perStep[0]) * (batchSize - least)) / (most - least);
  const [runs, seconds] = [nothing(), nothing()];
  for (const { seqLen } of Object.values(study.models))
    for (const budget of budgetsOf(study))
      for (const batchSize of study.batchSizes)
        for (const label of Object.keys(study.optimizers)) {
          const length = lengthOf({ tokens: tokensOf(budget, batchSize, seqLen) }, { batchSize, seqLen });
          const count = runsOf(study, label);
          addRuns(runs, count, 1);
          addRuns(seconds, count, start + length.steps * secondsOfStep(batchSize));
        }
  const text = `a step takes ${short(perStep[0])} at batch size ${least}${most > least ? ` and ${short(perStep[1])} at ${most}` : ''}, the start ${short(start)}; the study makes about ${runs.expected} runs (${runs.min} to ${runs.max}) in about ${short(seconds.expected)}, one at a time`;
  return { start, perStep, runs, seconds, text };
}

const startOf = ({ told, seconds }: Trial): number => told[0]?.at ?? seconds;

/**
 * From the first line to the last, where there are several; lines arrive in bundles,
 * so the end of the process counts, too.
 */
function perStepOf({ told, seconds }: Trial, steps: number, start: number): number {
  const [first, last] = [told[0], told.at(-1)];
  if (first && last && last.step > first.step && last.at > first.at)
    return Math.max((last.at - first.at) / (last.step - first.step), 1e-6);
  return Math.max((seconds - start) / steps, 1e-6);
}

function short(seconds: number): string {
  if (seconds < 0.9995) return `${Number((1000 * seconds).toPrecision(2))} ms`;
  if (seconds < 90) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} hours`;
  return `${(seconds / 86400).toFixed(1)} days`;
}

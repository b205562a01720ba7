// What a study takes on graphics processors, by the plan of `gaplab model --plan`:
// FLOP that are counted, at a share of the published peak that is assumed.
import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import { flopPerToken } from '../model/cost.ts';
import { type Gpu, utilisation } from '../model/gpu.ts';
import { lengthOf } from '../train/budget.ts';
import { allLeft, type Left } from './left.ts';
import type { Draft } from './resolve.ts';
import { addRuns, type CountRange, nothing, runsOf, withLeft } from './run-counts.ts';

export interface GpuPlan {
  /** Of the whole study. */
  runs: CountRange;
  /** Runs that are there already; what follows is of the others. */
  made: number;
  left: CountRange;
  tokens: CountRange;
  flop: CountRange;
}

/** Evaluation is not counted. */
export function gpuPlan(draft: Draft, rest: Left = allLeft): GpuPlan {
  const [left, tokens, flop] = [nothing(), nothing(), nothing()];
  for (const [name, model] of Object.entries(draft.models)) {
    const perToken = flopPerToken(model).total;
    for (const [label, arm] of Object.entries(draft.optimizers))
      for (const batchSize of draft.batchSizes)
        for (const budget of budgetsOf(draft)) {
          const cell = {
            ...{ model: name, optimizer: label, batchSize },
            tokens: tokensOf(budget, batchSize, model.seqLen),
          };
          const length = lengthOf(cell, { batchSize, seqLen: model.seqLen, growth: arm.batchSchedule });
          const count = rest.of(cell, runsOf(draft, label));
          addRuns(left, count, 1);
          addRuns(tokens, count, length.tokens);
          addRuns(flop, count, length.tokens * perToken);
        }
  }
  return { ...withLeft(rest.made, left), tokens, flop };
}

/** Hours of one card for so many FLOP, at the high and at the low end of the utilisation. */
export const hoursOn = ({ peak }: Gpu, flop: number, dtype: Draft['dtype']): { from: number; to: number } => {
  const perSecond = dtype === 'bfloat16' ? peak.bf16 : peak.tf32;
  return {
    from: flop / (perSecond * utilisation.high) / 3600,
    to: flop / (perSecond * utilisation.low) / 3600,
  };
};

/** Hours in two digits. */
export const hoursText = (hours: number): string =>
  hours < 10 ? hours.toPrecision(2) : Number(hours.toPrecision(2)).toLocaleString('en-US');

/** The line that stands above a size of a preset that is made for PyTorch. */
export function gpuLine(draft: Draft, gpu: Gpu): string {
  const { runs, flop } = gpuPlan(draft);
  const { from, to } = hoursOn(gpu, flop.expected, draft.dtype);
  return `# ${runs.expected} runs: ${hoursText(from)} to ${hoursText(to)} hours of one ${gpu.label}, by the FLOP and the utilisation of \`gaplab model --plan\`.`;
}

// The question behind figure 3: is it the batch size, or the number of steps that a larger one leaves?
import type { LedgerClaim } from './claim.ts';
import { gapTrend, undecided } from './decide.ts';
import { frontierIn, spot } from './places.ts';

export const gapEqualSteps: LedgerClaim = {
  id: 'gap-equal-steps',
  text: 'At equal steps, too, the gap between SGD and Adam grows with batch size.',
  source: 'asked by a reviewer of arXiv 2506.12543 (equal steps and equal tokens); beside its figure 3, left',
  experiment: 'gap-batch',
  paper: 'It is shown at equal tokens only, where a larger batch also means fewer steps.',
  figure: 'gap-budgets',
  judge(study) {
    const frontier = frontierIn(study, 'steps');
    if (!frontier) return undecided('the study has no budget in steps');
    const points = study.batchSizes.map((b) => ({ ...spot(study, b, frontier), x: Math.log2(b) }));
    return gapTrend(study, points, ['sgd', 'adam'], {
      side: 'above',
      margin: 0,
      unit: 'nats per doubling of the batch size',
      what: `The slope of the gap at ${frontier.steps} steps`,
    });
  },
};

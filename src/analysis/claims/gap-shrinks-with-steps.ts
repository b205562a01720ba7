// Figure 3, right.
import type { LedgerClaim } from './claim.ts';
import { gapTrend } from './decide.ts';
import { largest, spot, stepsAt } from './places.ts';

export const gapShrinksWithSteps: LedgerClaim = {
  id: 'gap-shrinks-with-steps',
  text: 'At a fixed batch size the gap between SGD and Adam shrinks when both train for more steps.',
  source: 'arXiv 2506.12543, figure 3, right',
  experiment: 'gap-steps',
  paper: 'At a fixed batch size SGD catches up with Adam as the number of steps grows.',
  figure: 'gap-steps',
  judge(study) {
    const batchSize = largest(study);
    const points = study.frontiers.flatMap((frontier) => {
      const at = spot(study, batchSize, frontier);
      const steps = stepsAt(study, at);
      return steps > 0 ? [{ ...at, x: Math.log2(steps) }] : [];
    });
    return gapTrend(study, points, ['sgd', 'adam'], {
      side: 'below',
      margin: 0,
      unit: 'nats per doubling of the steps',
      what: `The slope of the gap at batch size ${batchSize}`,
    });
  },
};

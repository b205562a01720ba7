// Momentum matters, and mostly at large batch.
import type { LedgerClaim } from './claim.ts';
import { cellAt, contrast, gapTerms } from './contrast.ts';
import { decide } from './decide.ts';
import { largest, smallest, spot } from './places.ts';

export const momentumLargeBatch: LedgerClaim = {
  id: 'momentum-large-batch',
  text: 'With tuned learning rates, a momentum of 0.95 lowers the loss of SGD by more at the largest batch size than at the smallest.',
  source:
    'arXiv 2506.12543, table 1 and recommendations; arXiv 2507.07101 (no momentum needed at batch size 1)',
  experiment: 'momentum',
  paper:
    'It recommends a high momentum (0.98) for SGD. At the smallest batch sizes SGD without momentum is as good.',
  figure: 'arms',
  judge(study) {
    const gain = (batchSize: number, weight: number) =>
      gapTerms(spot(study, batchSize), 'momentum-0', 'momentum-0.95', weight);
    const judged = decide(contrast(study.cells, [...gain(largest(study), 1), ...gain(smallest(study), -1)]), {
      side: 'above',
      margin: 0,
      unit: 'nats',
      what: `The gain of momentum at batch size ${largest(study)} minus that at ${smallest(study)}`,
    });
    // Undamped momentum moves by lr / (1 - momentum) a step: do the tuned rates agree in that?
    const lengths = study.arms.flatMap((arm) => {
      const [, momentum] = arm.split('momentum-');
      const lr = cellAt(study.cells, { ...spot(study, largest(study)), arm })?.best?.lr;
      return momentum === undefined || lr === undefined
        ? []
        : [`${momentum}: ${Number((lr / (1 - Number(momentum))).toPrecision(3))}`];
    });
    return lengths.length > 0
      ? {
          ...judged,
          evidence: `${judged.evidence} Best lr / (1 - momentum) at batch size ${largest(study)}, by momentum: ${lengths.join(', ')}.`,
        }
      : judged;
  },
};

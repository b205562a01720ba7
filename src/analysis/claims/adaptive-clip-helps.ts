// Algorithm 1: cutting the largest coordinates of the momentum.
import { withhold } from '../missing.ts';
import type { LedgerClaim } from './claim.ts';
import { cellAt, contrast, gapTerms, missingAt } from './contrast.ts';
import { decide, undecided } from './decide.ts';
import { largest, spot } from './places.ts';

export const adaptiveClipHelps: LedgerClaim = {
  id: 'adaptive-clip-helps',
  text: 'At the largest batch size, adaptive clipping of the largest coordinates of the momentum lowers the loss of SGD by more than 0.05 nats.',
  source: 'arXiv 2506.12543, Algorithm 1 and section 4.2',
  experiment: 'adaptive-clipping',
  paper:
    'Clipping the largest coordinates of the momentum wins back a part of the gap. Which shares p were clipped is not known here.',
  figure: 'arms',
  judge(study) {
    const at = spot(study, largest(study));
    const arms = study.arms.filter((arm) => arm.startsWith('adaptive-'));
    // The best p, chosen at the tuning seed, as a learning rate is.
    const loss = (arm: string) =>
      cellAt(study.cells, { ...at, arm })?.best?.valLoss ?? Number.POSITIVE_INFINITY;
    const best = arms.reduce<string | null>((a, b) => (a !== null && loss(a) <= loss(b) ? a : b), null);
    if (best === null) return undecided('the study has no arm with adaptive clipping');
    // A value of p without a loss might have been the best.
    const missing = missingAt(
      study.cells,
      arms.map((arm) => ({ ...at, arm })),
    );
    const judged = decide(contrast(study.cells, gapTerms(at, 'sgd', best)), {
      side: 'above',
      margin: 0.05,
      unit: 'nats',
      what: `SGD minus SGD with p ${best.slice('adaptive-'.length)} at batch size ${at.batchSize}`,
    });
    return withhold(judged, missing);
  },
};

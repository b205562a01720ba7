// Adam's beta2 at small batch.
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide } from './decide.ts';
import { smallest, spot } from './places.ts';

export const beta2HalfLife: LedgerClaim = {
  id: 'beta2-half-life',
  text: 'At the smallest batch size, Adam with beta2 as a half-life in tokens ends more than 0.02 nats below Adam with a beta2 of 0.95.',
  source: 'Marek et al., arXiv 2507.07101; later versions of arXiv 2506.12543',
  experiment: 'adam-betas',
  paper: 'A larger beta2 substantially improves Adam at small batches.',
  figure: 'arms',
  judge: (study) =>
    decide(contrast(study.cells, gapTerms(spot(study, smallest(study)), 'adam', 'adam-tokens')), {
      side: 'above',
      margin: 0.02,
      unit: 'nats',
      what: `Adam with beta2 0.95 minus Adam with a half-life at batch size ${smallest(study)}`,
    }),
};

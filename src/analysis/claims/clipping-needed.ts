// Clipping at large batch.
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide } from './decide.ts';
import { largest, spot } from './places.ts';

export const clippingNeeded: LedgerClaim = {
  id: 'clipping-needed',
  text: 'At the largest batch size, SGD without clipping diverges or ends more than 0.1 nats above SGD with global-norm clipping; both are tuned.',
  source: 'arXiv 2506.12543, section 2; table 1 of arXiv 2505.21829 (53.6 against 37.8 perplexity)',
  experiment: 'clipping',
  paper:
    'All SGD runs clip to norm 1. Without it SGD diverges at large batch sizes or needs a far smaller learning rate.',
  figure: 'arms',
  judge: (study) =>
    decide(contrast(study.cells, gapTerms(spot(study, largest(study)), 'sgd-noclip', 'sgd')), {
      side: 'above',
      // The claim says so itself.
      divergenceCounts: true,
      margin: 0.1,
      unit: 'nats',
      what: `SGD without clipping minus SGD with it at batch size ${largest(study)}`,
    }),
};

// Weight decay does not make the effect, and its absence neither.
import type { LedgerClaim } from './claim.ts';
import { all } from './decide.ts';
import { opens } from './same-trend.ts';

export const decaySameTrend: LedgerClaim = {
  id: 'decay-same-trend',
  text: 'The gap is larger at a large batch size than at a small one, with weight decay and without it.',
  source:
    'asked by a reviewer of arXiv 2506.12543; arXiv 2505.21829, where a decay of 1e-4 does not help SGD and 1e-3 ruins it',
  experiment: 'weight-decay',
  paper: 'Everything is trained without weight decay, so that optimizers differ in nothing else.',
  figure: 'arms',
  judge: (study) =>
    all([
      opens(study, ['sgd', 'adam'], 'no decay'),
      opens(study, ['sgd-decay', 'adam-decay'], 'weight decay'),
    ]),
};

// Weight decay does not make the effect, and its absence neither.
import type { LedgerClaim } from './claim.ts';
import { all } from './decide.ts';
import { opens } from './same-trend.ts';

export const decaySameTrend: LedgerClaim = {
  id: 'decay-same-trend',
  text: 'The gap is larger at large batch than at small without weight decay and with it.',
  source: 'asked by a reviewer of arXiv 2506.12543; arXiv 2505.21829 (no better with 1e-4, ruined with 1e-3)',
  experiment: 'weight-decay',
  paper: 'Everything is trained without weight decay, to isolate the optimizer.',
  figure: 'arms',
  judge: (study) =>
    all([
      opens(study, ['sgd', 'adam'], 'no decay'),
      opens(study, ['sgd-decay', 'adam-decay'], 'weight decay'),
    ]),
};

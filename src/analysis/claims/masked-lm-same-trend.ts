// Is it the decoder? A bidirectional model of masked tokens.
import type { LedgerClaim } from './claim.ts';
import { opens } from './same-trend.ts';

export const maskedLmSameTrend: LedgerClaim = {
  id: 'masked-lm-same-trend',
  text: 'The gap is larger at large batch than at small in a masked language model too.',
  source: 'arXiv 2506.12543, open question (other architectures); the objective of arXiv 1810.04805',
  experiment: 'masked-lm',
  paper: 'Shown for decoder-only language models; others are left open.',
  figure: 'arms',
  judge: (study) => opens(study, ['sgd', 'adam'], 'masked tokens'),
};

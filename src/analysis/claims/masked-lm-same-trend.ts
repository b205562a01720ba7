// Is it the decoder? A bidirectional model of masked tokens.
import type { LedgerClaim } from './claim.ts';
import { opens } from './same-trend.ts';

export const maskedLmSameTrend: LedgerClaim = {
  id: 'masked-lm-same-trend',
  text: 'In a masked language model, too, the gap is larger at a large batch size than at a small one.',
  source: 'arXiv 2506.12543, open question (other architectures); the objective of arXiv 1810.04805',
  experiment: 'masked-lm',
  paper: 'It is shown for decoder-only language models. Others are left open.',
  figure: 'arms',
  judge: (study) => opens(study, ['sgd', 'adam'], 'masked tokens'),
};

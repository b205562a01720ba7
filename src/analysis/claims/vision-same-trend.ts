// Is it language? A Transformer that classifies images.
import type { LedgerClaim } from './claim.ts';
import { opens } from './same-trend.ts';

export const visionSameTrend: LedgerClaim = {
  id: 'vision-same-trend',
  text: 'In a vision Transformer, too, the gap is larger at a large batch size than at a small one.',
  source: 'arXiv 2506.12543, open question (other architectures); the model of arXiv 2010.11929',
  experiment: 'vision',
  paper: 'Shown for language models; others are left open.',
  figure: 'arms',
  judge: (study) => opens(study, ['sgd', 'adam'], 'images'),
};

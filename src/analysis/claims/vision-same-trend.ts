// Is it language? A Transformer that classifies images.
import type { LedgerClaim } from './claim.ts';
import { opens } from './same-trend.ts';

export const visionSameTrend: LedgerClaim = {
  id: 'vision-same-trend',
  text: 'The gap is larger at large batch than at small in a vision Transformer too.',
  source: 'arXiv 2506.12543, open question (other architectures); the model of arXiv 2010.11929',
  experiment: 'vision',
  paper: 'Shown for language models; others are left open.',
  figure: 'arms',
  judge: (study) => opens(study, ['sgd', 'adam'], 'images'),
};

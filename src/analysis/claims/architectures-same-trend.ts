// Is it the architecture?
import type { LedgerClaim } from './claim.ts';
import { all } from './decide.ts';
import { opens } from './same-trend.ts';

export const architecturesSameTrend: LedgerClaim = {
  id: 'architectures-same-trend',
  text: 'The gap is larger at large batch than at small in every architecture tried.',
  source: 'arXiv 2506.12543, open question (other architectures)',
  experiment: 'architectures',
  paper: 'Shown for decoder-only Transformers with RMSNorm, rotary positions and gated MLPs.',
  figure: 'sizes',
  judge: (study) =>
    all(study.frontiers.map((frontier) => opens(study, ['sgd', 'adam'], frontier.model, frontier))),
};

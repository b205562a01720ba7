// Is it the architecture?
import type { LedgerClaim } from './claim.ts';
import { all } from './decide.ts';
import { opens } from './same-trend.ts';

export const architecturesSameTrend: LedgerClaim = {
  id: 'architectures-same-trend',
  text: 'The gap is larger at a large batch size than at a small one in every architecture tried.',
  source: 'arXiv 2506.12543, open question (other architectures)',
  experiment: 'architectures',
  paper: 'It is shown for decoder-only Transformers with RMSNorm, rotary positions and gated MLPs.',
  figure: 'sizes',
  judge: (study) =>
    all(study.frontiers.map((frontier) => opens(study, ['sgd', 'adam'], frontier.model, frontier))),
};

// Clipping at one norm cuts every step of a small batch and few of a large one:
// is that what keeps SGD up at small batches?
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { all, decide } from './decide.ts';
import { present, smallest, spot } from './places.ts';
import { opens } from './same-trend.ts';

const arms = ['sgd', 'sgd-noclip', 'sgd-loose', 'sgd-tight'];

export const clipNormsSameTrend: LedgerClaim = {
  id: 'clip-norms-same-trend',
  text: 'Whether SGD is clipped at one norm, not at all, or at norms that cut the same share of the steps at every batch size, its gap to Adam grows with batch size.',
  source: 'a question of our own; arXiv 2506.12543 has one norm, 1',
  experiment: 'clip-norms',
  paper:
    'All SGD runs clip to norm 1. A step has at least 8,192 tokens there, so that less of the norm is noise.',
  figure: 'arms',
  judge: (study) =>
    all(
      present(study, arms).map((arm) =>
        opens(study, [arm, 'adam'], arm, study.frontiers[study.frontiers.length - 1]),
      ),
    ),
};

export const clipHelpsSmallBatch: LedgerClaim = {
  id: 'clip-helps-small-batch',
  text: 'At the smallest batch size, where nearly every step is clipped, clipping lowers the loss of SGD by more than 0.05 nats.',
  source: 'a question of our own; arXiv 2506.12543 has one norm, 1',
  experiment: 'clip-norms',
  paper: 'Clipping is needed at large batch sizes. Small ones are not discussed.',
  figure: 'arms',
  judge(study) {
    const at = spot(study, smallest(study), study.frontiers[study.frontiers.length - 1]);
    return decide(contrast(study.cells, gapTerms(at, 'sgd-noclip', 'sgd')), {
      side: 'above',
      margin: 0.05,
      unit: 'nats',
      divergenceCounts: true,
      what: `SGD without clipping minus SGD with it at batch size ${at.batchSize}`,
    });
  },
};

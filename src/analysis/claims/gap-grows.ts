// Figure 1 and Table 1: both optimizers tuned, momentum too, at equal tokens.

import type { LedgerClaim } from './claim.ts';
import { gapTrend } from './decide.ts';
import { frontierIn, spot } from './places.ts';

export const gapGrows: LedgerClaim = {
  id: 'gap-grows',
  text: 'With learning rate and momentum tuned at every batch size, the gap between SGD and Adam grows with batch size at equal tokens.',
  source: 'arXiv 2506.12543, figure 1 and table 1',
  experiment: 'batch-sweep',
  paper:
    'SGD with momentum and clipping comes close to Adam at small batches and falls behind at 256 and 1024 sequences.',
  figure: 'gap-budgets',
  judge(study) {
    const frontier = frontierIn(study, 'tokens');
    const points = study.batchSizes.map((b) => ({ ...spot(study, b, frontier), x: Math.log2(b) }));
    return gapTrend(study, points, ['sgd', 'adam'], {
      side: 'above',
      margin: 0,
      unit: 'nats per doubling of the batch size',
      what: 'The slope of the gap',
    });
  },
};

// Figure 4: a small batch, many steps.
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide } from './decide.ts';
import { smallest, spot } from './places.ts';

export const sgdWinsLong: LedgerClaim = {
  id: 'sgd-wins-long',
  text: 'At the smallest batch size, after long training, SGD is better than Adam with a fixed beta2 of 0.95.',
  source: 'arXiv 2506.12543, figure 4',
  experiment: 'long-small-batch',
  paper: 'At batch size 16 and 160 thousand steps SGD ends with a lower perplexity than Adam.',
  figure: 'arms',
  judge(study) {
    const longest = study.frontiers[study.frontiers.length - 1];
    const at = spot(study, smallest(study), longest);
    return decide(contrast(study.cells, gapTerms(at, 'sgd', 'adam')), {
      side: 'below',
      margin: 0,
      unit: 'nats',
      what: `SGD minus Adam at batch size ${at.batchSize} and ${at.tokens.toLocaleString('en-US')} tokens`,
    });
  },
};

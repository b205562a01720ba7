// The objection to figure 4: a beta2 that means the same in tokens.
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide } from './decide.ts';
import { smallest, spot } from './places.ts';

export const beta2TokensLong: LedgerClaim = {
  id: 'beta2-tokens-long',
  text: 'With beta2 as a half-life in tokens, Adam ends at most 0.02 nats above SGD at the smallest batch size.',
  source: 'Marek et al., arXiv 2507.07101; a reviewer of arXiv 2506.12543',
  experiment: 'long-small-batch',
  paper: 'Once beta2 grows as the batch shrinks, the advantage of SGD at small batches goes away.',
  figure: 'arms',
  judge(study) {
    const longest = study.frontiers[study.frontiers.length - 1];
    const at = spot(study, smallest(study), longest);
    return decide(contrast(study.cells, gapTerms(at, 'adam-tokens', 'sgd')), {
      side: 'below',
      margin: 0.02,
      unit: 'nats',
      what: `Adam with a half-life minus SGD at batch size ${at.batchSize} and ${at.tokens.toLocaleString('en-US')} tokens`,
    });
  },
};

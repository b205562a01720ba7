// Figure 3, left.
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide, undecided } from './decide.ts';
import { frontierIn, largest, smallest, spot } from './places.ts';

export const gapEqualTokens: LedgerClaim = {
  id: 'gap-equal-tokens',
  text: 'At equal tokens the gap is larger at the largest batch size than at the smallest, by more than 0.1 nats.',
  source: 'arXiv 2506.12543, figure 3, left',
  experiment: 'gap-batch',
  paper: 'The gap widens with batch size when all runs see the same number of tokens.',
  figure: 'gap-budgets',
  judge(study) {
    const frontier = frontierIn(study, 'tokens');
    if (!frontier || study.batchSizes.length < 2)
      return undecided('the study has no two batch sizes at equal tokens');
    const terms = [
      ...gapTerms(spot(study, largest(study), frontier), 'sgd', 'adam'),
      ...gapTerms(spot(study, smallest(study), frontier), 'sgd', 'adam', -1),
    ];
    return decide(contrast(study.cells, terms), {
      side: 'above',
      margin: 0.1,
      unit: 'nats',
      what: `The gap at batch size ${largest(study)} minus that at ${smallest(study)}`,
    });
  },
};

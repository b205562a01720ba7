// Signum stands closer to Adam than to SGD at large batch.
import type { LedgerClaim } from './claim.ts';
import { beyondHalf } from './half-gap.ts';

export const signCloseToAdam: LedgerClaim = {
  id: 'sign-close-to-adam',
  text: 'At the largest batch size Signum closes more than half of the gap between SGD and Adam.',
  source: 'arXiv 2304.13960; arXiv 2505.21829, table 1',
  experiment: 'sign-methods',
  paper: 'Sign descent with momentum behaves like Adam when the noise is small, as it is in large batches.',
  figure: 'arms',
  judge: (study) =>
    beyondHalf(study, 'signum', { side: 'above', what: 'What Signum gains on SGD beyond half of the gap' }),
};

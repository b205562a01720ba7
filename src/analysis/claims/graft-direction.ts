// Grafting: Adam's direction at SGD's step length, and the reverse (figure 10).
import type { LedgerClaim } from './claim.ts';
import { all } from './decide.ts';
import { beyondHalf } from './half-gap.ts';

export const graftDirection: LedgerClaim = {
  id: 'graft-direction',
  text: 'The direction of a step decides: at the largest batch size SGD#Adam (length of SGD, direction of Adam) ends nearer to Adam, and Adam#SGD nearer to SGD.',
  source: 'arXiv 2506.12543, figure 10',
  experiment: 'grafting',
  paper: 'SGD#Adam performs about as well as Adam, and Adam#SGD about as well as SGD.',
  figure: 'arms',
  judge: (study) =>
    all([
      beyondHalf(study, 'sgd#adam', {
        side: 'above',
        what: 'What SGD#Adam gains on SGD beyond half of the gap',
      }),
      beyondHalf(study, 'adam#sgd', {
        side: 'below',
        what: 'What Adam#SGD gains on SGD beyond half of the gap',
      }),
    ]),
};

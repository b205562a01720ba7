// Grafting: Adam's direction at SGD's step length, and the reverse (figure 10).
import type { ClaimDef, StudyFacts } from './claim.ts';
import { type Contrast, contrast } from './contrast.ts';
import { all, decide } from './decide.ts';
import { largest, spot } from './places.ts';

/** What `arm` gains on SGD beyond half of the gap between SGD and Adam. */
function beyondHalf(study: StudyFacts, arm: string): Contrast {
  const at = spot(study, largest(study));
  return contrast(study.cells, [
    { ...at, arm: 'sgd', weight: 0.5 },
    { ...at, arm, weight: -1 },
    { ...at, arm: 'adam', weight: 0.5 },
  ]);
}

export const graftDirection: ClaimDef = {
  id: 'graft-direction',
  text: 'The direction decides: at the largest batch size SGD#Adam (length of SGD, direction of Adam) stands nearer to Adam, Adam#SGD nearer to SGD.',
  source: 'arXiv 2506.12543, figure 10',
  experiment: 'grafting',
  paper: 'SGD#Adam performs about as Adam, Adam#SGD about as SGD.',
  figure: 'arms',
  judge: (study) =>
    all([
      decide(beyondHalf(study, 'sgd#adam'), {
        side: 'above',
        margin: 0,
        unit: 'nats',
        what: 'What SGD#Adam gains on SGD beyond half of the gap',
      }),
      decide(beyondHalf(study, 'adam#sgd'), {
        side: 'below',
        margin: 0,
        unit: 'nats',
        what: 'What Adam#SGD gains on SGD beyond half of the gap',
      }),
    ]),
};

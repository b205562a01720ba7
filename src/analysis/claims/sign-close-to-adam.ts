// Signum stands closer to Adam than to SGD at large batch.
import type { ClaimDef } from './claim.ts';
import { contrast } from './contrast.ts';
import { decide } from './decide.ts';
import { largest, spot } from './places.ts';

export const signCloseToAdam: ClaimDef = {
  id: 'sign-close-to-adam',
  text: 'At the largest batch size Signum closes more than half of the gap between SGD and Adam.',
  source: 'arXiv 2304.13960; arXiv 2505.21829, table 1',
  experiment: 'sign-methods',
  paper: 'Sign descent with momentum behaves like Adam when the noise is small, as it is in large batches.',
  figure: 'arms',
  judge(study) {
    const at = spot(study, largest(study));
    return decide(
      // L(SGD) - L(Signum) - (L(SGD) - L(Adam)) / 2
      contrast(study.cells, [
        { ...at, arm: 'sgd', weight: 0.5 },
        { ...at, arm: 'signum', weight: -1 },
        { ...at, arm: 'adam', weight: 0.5 },
      ]),
      {
        side: 'above',
        margin: 0,
        unit: 'nats',
        what: 'What Signum gains on SGD beyond half of the gap',
      },
    );
  },
};

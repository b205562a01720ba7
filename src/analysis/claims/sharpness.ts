// Directional sharpness (eq. 1): is SGD's direction the sharper one, does the difference follow the gap,
// and what is left of Adam's step?
import { type Measured, measuredAlong, measureSeeds } from '../probed.ts';
import { sharpnessContrast, takenBack } from '../sharpness.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { decideBySeed, decideEnds } from './decide.ts';
import { largest, smallest, spot } from './places.ts';

/** SGD's direction against Adam's from the same points, along the runs of both. */
const contrastAt = (study: StudyFacts, batchSize: number): Measured =>
  measuredAlong(study, ['sgd', 'adam'], spot(study, batchSize), 'sharpness', (tables) =>
    sharpnessContrast(tables, 'sgd', 'adam'),
  );

const common = {
  experiment: 'sharpness',
  source: 'arXiv 2506.12543, section 3.2 and eq. 1; Pan & Li, arXiv 2306.00204',
};
const nothing = 'no seed has the sharpness of both directions along the runs of both';

export const sharpnessHigher: LedgerClaim = {
  ...common,
  id: 'sharpness-higher',
  text: 'At the largest batch size the loss is sharper along SGD’s direction than along Adam’s, from the same points of training.',
  paper: 'The directional sharpness of Adam is the lower one.',
  figure: 'sharpness',
  judge: (study) =>
    decideBySeed(contrastAt(study, largest(study)), nothing, {
      side: 'above',
      margin: 0,
      unit: '',
      what: `The sharpness of SGD’s direction against Adam’s (1: only SGD’s is sharp, −1: only Adam’s) at batch size ${largest(study)}`,
    }),
};

export const sharpnessFollowsGap: LedgerClaim = {
  ...common,
  id: 'sharpness-follows-gap',
  text: 'The difference in sharpness follows the gap: it is larger at the largest batch size than at the smallest.',
  paper: 'Directional sharpness hardly explains the gap directly.',
  figure: 'sharpness',
  judge: (study) =>
    decideEnds([smallest(study), largest(study)], (size) => contrastAt(study, size), nothing, {
      side: 'above',
      margin: 0,
      unit: '',
      what: `The sharpness of SGD’s direction against Adam’s at batch size ${largest(study)} minus that at ${smallest(study)}`,
    }),
};

export const adamSumNearZero: LedgerClaim = {
  ...common,
  id: 'adam-sum-near-zero',
  text: 'At the largest batch size curvature takes back at least half of the fall in loss that the gradient promises for Adam’s own step.',
  source: 'arXiv 2506.12543, appendix on directional sharpness',
  paper: 'The sum of the two Taylor terms of Adam’s step is close to zero, sometimes positive.',
  figure: 'taylor',
  judge: (study) =>
    decideBySeed(
      measureSeeds(study, { ...spot(study, largest(study)), arm: 'adam' }, 'sharpness', takenBack),
      'no run of Adam has the Taylor terms of its step',
      {
        side: 'above',
        margin: 0.5,
        unit: 'of the first-order term',
        what: `What the second-order term takes back at batch size ${largest(study)}`,
      },
    ),
};

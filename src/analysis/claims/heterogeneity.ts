// Hessian heterogeneity on the language model: do the blocks differ, and does it follow the gap?
import { blockDistance, topDecades } from '../heterogeneity.ts';
import { measuredAlong } from '../probed.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { decideBySeed, decideEnds } from './decide.ts';
import { largest, smallest, spot } from './places.ts';

/** Along the runs of both optimizers. */
const along = (study: StudyFacts, batchSize: number, read: Parameters<typeof measuredAlong>[4]) =>
  measuredAlong(study, ['sgd', 'adam'], spot(study, batchSize), 'hessian', read);

const common = {
  experiment: 'heterogeneity',
  source: 'Zhang et al., arXiv 2402.16788; arXiv 2506.12543, section 3.3',
};
const nothing = 'no seed has block spectra along the runs of both optimizers';

export const blocksDiffer: LedgerClaim = {
  ...common,
  id: 'blocks-differ',
  text: 'The blocks of a Transformer’s Hessian differ: their largest eigenvalues lie more than tenfold apart at the largest batch size.',
  paper:
    'Zhang et al.: spectra differ from block to block in Transformers and not in convolutional networks, and Adam helps where they differ.',
  figure: 'block-tops',
  judge: (study) =>
    decideBySeed(along(study, largest(study), topDecades), nothing, {
      side: 'above',
      margin: 1,
      unit: 'decades',
      what: `The largest over the smallest top eigenvalue of a block at batch size ${largest(study)}`,
    }),
};

export const heterogeneityFollowsGap: LedgerClaim = {
  ...common,
  id: 'heterogeneity-follows-gap',
  text: 'Heterogeneity follows the gap: block spectra are further apart at the largest batch size than at the smallest.',
  paper: 'Heterogeneity of the Hessian hardly explains the gap directly.',
  figure: 'heterogeneity',
  judge(study) {
    return decideEnds(
      [smallest(study), largest(study)],
      (size) => along(study, size, blockDistance),
      nothing,
      {
        side: 'above',
        margin: 0,
        unit: '',
        what: `The mean Jensen-Shannon distance of block spectra at batch size ${largest(study)} minus that at ${smallest(study)}`,
      },
    );
  },
};

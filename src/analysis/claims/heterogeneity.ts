// Hessian heterogeneity on the language model: do the blocks differ, and does it follow the gap?
import { combine, measuredBySeed, number } from '../probed.ts';
import { mean } from '../stats.ts';
import type { ClaimDef, StudyFacts } from './claim.ts';
import { decideBySeed, decideDifference } from './decide.ts';
import { largest, smallest, spot } from './places.ts';

const ARMS = ['sgd', 'adam'];

/** A number of the table `heterogeneity`, mean over the runs of SGD and Adam. */
function heterogeneityAt(
  study: StudyFacts,
  batchSize: number,
  read: (row: Record<string, unknown>) => number | null,
): Map<number, number> {
  const maps = ARMS.map((arm) =>
    measuredBySeed(study, { ...spot(study, batchSize), arm }, 'hessian', (tables) => {
      const row = tables.heterogeneity?.[0];
      return row ? read(row) : null;
    }),
  );
  return combine(maps, (...values) => mean(values));
}

const common = {
  experiment: 'heterogeneity',
  source: 'Zhang et al., arXiv 2402.16788; arXiv 2506.12543, section 3.3',
};
const nothing = 'no seed has block spectra along the runs of both optimizers';

export const blocksDiffer: ClaimDef = {
  ...common,
  id: 'blocks-differ',
  text: 'The blocks of a Transformer’s Hessian differ: their largest eigenvalues lie more than tenfold apart at the largest batch size.',
  paper:
    'Zhang et al.: block spectra of Transformers differ, those of convolutional networks do not, and Adam then helps.',
  figure: 'block-tops',
  judge: (study) =>
    decideBySeed(
      heterogeneityAt(study, largest(study), (row) => {
        const ratio = number(row.topRatio as number | null);
        return ratio !== null && ratio > 0 ? Math.log10(ratio) : null;
      }),
      nothing,
      {
        side: 'above',
        margin: 1,
        unit: 'decades',
        what: `The largest over the smallest top eigenvalue of a block at batch size ${largest(study)}`,
      },
    ),
};

export const heterogeneityFollowsGap: ClaimDef = {
  ...common,
  id: 'heterogeneity-follows-gap',
  text: 'Heterogeneity follows the gap: block spectra are further apart at the largest batch size than at the smallest.',
  paper: 'Hessian heterogeneity struggles to explain the gap directly.',
  figure: 'heterogeneity',
  judge(study) {
    const distance = (row: Record<string, unknown>) => number(row.distance as number | null);
    const [big, small] = [largest(study), smallest(study)].map((b) => heterogeneityAt(study, b, distance));
    return decideDifference([big, small], nothing, {
      side: 'above',
      margin: 0,
      unit: '',
      what: `The mean Jensen-Shannon distance of block spectra at batch size ${largest(study)} minus that at ${smallest(study)}`,
    });
  },
};

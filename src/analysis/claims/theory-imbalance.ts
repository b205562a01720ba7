// The linear toy of rare classes: who leaves them behind, and does it depend on batch size?

import { imbalanceSamples } from '../../theory/imbalance-samples.ts';
import type { ImbalanceMethod } from '../../theory/names.ts';
import { batchSizesOf } from '../../theory/specs/imbalance.ts';
import { combine, type Measured } from '../probed.ts';
import type { ClaimDef, StudyFacts } from './claim.ts';
import { decideBySeed, decideDifference } from './decide.ts';
import { bySeed, labOf } from './labs.ts';

const unit = 'decades';
const nothing = 'the toy has not been run, or no learning rate is bracketed';

/**
 * Lag of SGD minus lag of Adam, by seed; the lag is the final loss of the rarest classes over that of the most frequent, in
 * decades: in theory the losses of classes differ by factors (gradient descent) or exponentially (sign descent).
 */
function lag(study: StudyFacts, pick: 'smallest' | 'full'): Measured {
  const lab = labOf(study, 'imbalance');
  if (!lab) return { bySeed: new Map(), missing: [] };
  const { levels, seeds } = lab.spec;
  const sizes = batchSizesOf(lab.spec).map((size) => Math.min(size, imbalanceSamples(levels)));
  const batchSize = pick === 'full' ? Math.max(...sizes) : Math.min(...sizes);
  const final = (method: ImbalanceMethod, level: number) => {
    const isOf = (one: { method: string; batchSize: number }) =>
      one.method === method && one.batchSize === batchSize;
    const row = lab.result.rows.findLast((one) => isOf(one) && one.level === level);
    // Without a bracket there is no tuned loss of any seed.
    const values = lab.result.tuned.find(isOf)?.bracketed ? (row?.bySeed ?? []) : [];
    // A loss too small for a number has no logarithm: it is missing.
    const logs = values.map((loss) => (loss === 0 ? null : loss));
    return bySeed(logs, seeds, `${method} at batch size ${batchSize}, level ${level}`);
  };
  const lagOf = (method: ImbalanceMethod) =>
    combine([final(method, levels - 1), final(method, 0)], (rare, common) => Math.log10(rare / common));
  return combine([lagOf('sgd'), lagOf('adam')], (sgd, adam) => sgd - adam);
}

const common = { experiment: 'class-imbalance', figure: 'imbalance-final-loss' };

export const toyRareLag: ClaimDef = {
  ...common,
  id: 'toy-rare-lag',
  text: 'In a linear toy with classes as unequally frequent as words, full-batch SGD leaves the rarest classes further behind the most frequent than Adam does: their final loss is a larger multiple.',
  source: 'Kunstner et al., arXiv 2402.19449',
  paper: 'Kunstner et al.: on the full batch SGD learns rare classes late, Adam and sign descent do not.',
  judge: (study) =>
    decideBySeed(lag(study, 'full'), nothing, {
      ...{ side: 'above', margin: 0, unit },
      what: 'Lag of the rarest classes under SGD minus that under Adam on the full batch',
    }),
};

export const toyLagBatch: ClaimDef = {
  ...common,
  id: 'toy-lag-batch',
  text: 'In the same toy a small batch takes that lag away: after equal steps it is larger on the full batch than at the smallest batch size.',
  source: 'a question of arXiv 2506.12543, section 3.1; the toy at small batch is not in either paper',
  paper: 'Class imbalance alone does not say why the gap should depend on batch size.',
  judge: (study) =>
    decideDifference([lag(study, 'full'), lag(study, 'smallest')], nothing, {
      ...{ side: 'above', margin: 0, unit },
      what: 'That excess lag on the full batch minus that at the smallest',
    }),
};

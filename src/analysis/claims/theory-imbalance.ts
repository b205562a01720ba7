// The linear toy of rare classes: who leaves them behind, and does it depend on batch size?

import { imbalanceSamples } from '../../theory/imbalance-samples.ts';
import type { ImbalanceMethod } from '../../theory/names.ts';
import { batchSizesOf } from '../../theory/specs/imbalance.ts';
import { combine, type Measured } from '../probed.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { decideBySeed, decideEnds, undecided } from './decide.ts';
import { labOf, measuredBySeed } from './labs.ts';

const unit = 'decades';
/**
 * Smaller losses count as this one: 2^-52 nats, below which a double cannot tell the label's
 * probability from 1. How far below is chance: a loss of 1e-36 and one of 1e-252 are both a perfect fit,
 * and their ratio would outweigh all others.
 */
const LEAST = Number.EPSILON;
const nothing = 'the toy has not been run, or no learning rate is bracketed';

/**
 * The smallest batch size of the toy and the full batch, which need not be among its sizes;
 * null where it has not been run.
 */
function ends(study: StudyFacts): [smallest: number, full: number] | null {
  const spec = labOf(study, 'imbalance')?.spec;
  if (!spec) return null;
  const full = imbalanceSamples(spec.levels);
  return [Math.min(...batchSizesOf(spec), full), full];
}

/**
 * Lag of SGD minus lag of Adam, by seed; the lag is the final loss of the rarest
 * classes over that of the most frequent, in decades: in theory the losses of classes
 * differ by factors (gradient descent) or exponentially (sign descent).
 */
function lag(study: StudyFacts, batchSize: number): Measured {
  const lab = labOf(study, 'imbalance');
  if (!lab) return { bySeed: new Map(), missing: [] };
  const { levels, seeds } = lab.spec;
  const final = (method: ImbalanceMethod, level: number) => {
    const isOf = (one: { method: string; batchSize: number }) =>
      one.method === method && one.batchSize === batchSize;
    const row = lab.result.rows.findLast((one) => isOf(one) && one.level === level);
    // Without a bracket there is no tuned loss of any seed.
    const values = lab.result.tuned.find(isOf)?.bracketed ? (row?.bySeed ?? []) : [];
    const losses = values.map((loss) => (loss === null ? null : Math.max(loss, LEAST)));
    return measuredBySeed(losses, seeds, `${method} at batch size ${batchSize}, level ${level}`);
  };
  const lagOf = (method: ImbalanceMethod) =>
    combine([final(method, levels - 1), final(method, 0)], (rare, common) => Math.log10(rare / common));
  return combine([lagOf('sgd'), lagOf('adam')], (sgd, adam) => sgd - adam);
}

const common = { experiment: 'class-imbalance', figure: 'imbalance-final-loss' };

export const toyRareLag: LedgerClaim = {
  ...common,
  id: 'toy-rare-lag',
  text: 'In a linear model whose classes are as unequally frequent as words, SGD on the full batch leaves the rarest classes further behind the most frequent ones than Adam does: their final loss is a larger multiple. Losses below 2^−52 nats, where a double cannot tell the probability of the label from 1, count as 2^−52.',
  source: 'Kunstner et al., arXiv 2402.19449',
  paper: 'Kunstner et al.: on the full batch SGD learns rare classes late, Adam and sign descent do not.',
  judge(study) {
    const sizes = ends(study);
    if (!sizes) return undecided(nothing, unit);
    return decideBySeed(lag(study, sizes[1]), nothing, {
      ...{ side: 'above', margin: 0, unit },
      what: 'The lag of the rarest classes on the full batch, under SGD against under Adam,',
    });
  },
};

export const toyLagBatch: LedgerClaim = {
  ...common,
  id: 'toy-lag-batch',
  text: 'In the same linear model a small batch takes that lag away: after equal steps it is larger on the full batch than at the smallest batch size. Losses below 2^−52 nats count as 2^−52.',
  source: 'a question of arXiv 2506.12543, section 3.1; the toy at small batch is not in either paper',
  paper: 'Class imbalance alone does not say why the gap should depend on batch size.',
  judge(study) {
    const sizes = ends(study);
    if (!sizes) return undecided(nothing, unit);
    return decideEnds(sizes, (size) => lag(study, size), nothing, {
      ...{ side: 'above', margin: 0, unit },
      what: 'That excess of SGD on the full batch, against the one at the smallest batch size,',
    });
  },
};

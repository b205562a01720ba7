// Quadratics with every optimizer tuned: is it the blocks of the Hessian, or the noise, that makes the gap?
import type { DescentMethod } from '../../theory/names.ts';
import { batchSizesOf } from '../../theory/specs/quadratic.ts';
import { combine, type Measured } from '../probed.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { all, decideBySeed, decideDifference, ONE_SIZE, undecided } from './decide.ts';
import { labOf, measuredBySeed } from './labs.ts';

const noises = ['columns', 'isotropic', 'hessian'] as const;
type NoiseKind = (typeof noises)[number];
type Pick = 'smallest' | 'middle' | 'largest';

const unit = 'decades';
const nothing = 'the quadratics have not been run, or no learning rate is bracketed';

/** Decades by which SGD's final loss is above Adam's, by seed: the labs are named after their noise. */
function gap(study: StudyFacts, noise: NoiseKind, hessian: string, pick: Pick): Measured {
  const lab = labOf(study, 'quadratic', noise);
  if (!lab) return { bySeed: new Map(), missing: [] };
  const sizes = batchSizesOf(lab.spec).toSorted((a, b) => a - b);
  const at = { smallest: 0, middle: Math.floor(sizes.length / 2), largest: sizes.length - 1 }[pick];
  const losses = (method: DescentMethod) => {
    const row = lab.result.rows.find(
      (one) => one.hessian === hessian && one.method === method && one.batchSize === sizes[at],
    );
    const what = `${method} on ${hessian} at batch size ${sizes[at]}, noise ${noise}`;
    // Without a bracket there is no tuned loss of any seed.
    return measuredBySeed(row?.bracketed ? row.bySeed : [], lab.spec.seeds, what);
  };
  return combine([losses('sgd'), losses('adam')], (sgd, adam) => Math.log10(sgd / adam));
}

const common = { experiment: 'heterogeneity', source: 'arXiv 2506.12543, appendix D' };

export const quadraticBlocks: LedgerClaim = {
  ...common,
  id: 'quadratic-blocks',
  text: 'Blocks of unlike curvature make a gap: with noise from data columns and at the middle batch size, SGD ends at least ten times further behind Adam on the heterogeneous quadratic than on the homogeneous one with the same spectrum.',
  paper:
    'The two quadratics are there to tell spectrum and blocks apart; heterogeneity struggles to explain directly a gap that depends on batch size.',
  figure: 'columns-tuned-loss',
  judge: (study) =>
    decideDifference(
      [gap(study, 'columns', 'heterogeneous', 'middle'), gap(study, 'columns', 'homogeneous', 'middle')],
      nothing,
      {
        side: 'above',
        margin: 1,
        unit,
        what: 'The ratio of SGD’s loss to Adam’s, heterogeneous against homogeneous,',
      },
    ),
};

export const quadraticSmallBatch: LedgerClaim = {
  ...common,
  id: 'quadratic-small-batch',
  text: 'A small batch closes that gap whatever the noise: on the heterogeneous quadratic SGD ends within a factor of two of Adam at the smallest batch size under all three models of noise.',
  paper: 'Not known to be said of the quadratics; on language models a small batch closes the gap.',
  figure: 'hessian-tuned-loss',
  judge: (study) =>
    all(
      noises.map((noise) =>
        labOf(study, 'quadratic', noise)
          ? decideBySeed(gap(study, noise, 'heterogeneous', 'smallest'), nothing, {
              ...{ side: 'below', margin: Math.log10(2), unit },
              what: `The ratio of SGD’s loss to Adam’s at the smallest batch size, noise ${noise},`,
            })
          : undecided(nothing, unit),
      ),
    ),
};

export const quadraticNoise: LedgerClaim = {
  ...common,
  id: 'quadratic-noise',
  text: 'Noise alone makes a gap that grows with batch size: with isotropic noise, even on the homogeneous quadratic, the ratio of SGD’s final loss to Adam’s grows at least threefold from the smallest batch size to the largest.',
  paper: 'Not known to be said there; reviewers asked whether noise makes the Hessian matter less.',
  figure: 'isotropic-tuned-loss',
  judge(study) {
    const lab = labOf(study, 'quadratic', 'isotropic');
    if (lab && new Set(batchSizesOf(lab.spec)).size === 1) return undecided(ONE_SIZE, unit);
    return decideDifference(
      [gap(study, 'isotropic', 'homogeneous', 'largest'), gap(study, 'isotropic', 'homogeneous', 'smallest')],
      nothing,
      {
        side: 'above',
        margin: Math.log10(3),
        unit,
        what: 'The ratio of SGD’s loss to Adam’s at the largest batch size, against that at the smallest,',
      },
    );
  },
};

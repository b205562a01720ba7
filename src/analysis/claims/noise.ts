// Is gradient noise what the theory takes it for? Variance falling as one over the batch size, and Gaussian.
import { median } from '../../core/quantile.ts';
import { withhold } from '../missing.ts';
import { combine, finite, measuredBySeed } from '../probed.ts';
import type { ProbedPoint } from '../rows.ts';
import { mean } from '../stats.ts';
import type { Judgement, LedgerClaim, StudyFacts } from './claim.ts';
import { all, decideBySeed, undecided } from './decide.ts';
import { spot } from './places.ts';

/** Mean over the runs of SGD and Adam at all batch sizes, by seed. */
function everywhere(study: StudyFacts, read: (tables: ProbedPoint['tables']) => number | null) {
  const maps = study.batchSizes.flatMap((batchSize) =>
    ['sgd', 'adam'].map((arm) => measuredBySeed(study, { ...spot(study, batchSize), arm }, 'noise', read)),
  );
  return combine(maps, (...values) => mean(values));
}

const common = {
  experiment: 'noise-prediction',
  source: 'arXiv 2506.12543, section 4.3: g_B ~ N(∇f, Σ/B)',
};
const nothing = 'no run has measured the noise of its gradient';

export const noiseInverseBatch: LedgerClaim = {
  ...common,
  id: 'noise-inverse-batch',
  text: 'The variance of a mini-batch gradient falls as one over the batch size: its exponent is within 0.1 of −1.',
  paper: 'The SDEs take this for granted. A reviewer asked whether it holds for a real model.',
  figure: 'noise-variance',
  judge(study): Judgement {
    const exponents = everywhere(study, (tables) => finite(tables.total?.[0]?.exponent));
    if (exponents.bySeed.size === 0) return withhold(undecided(nothing), exponents.missing);
    const test = { unit: '', what: 'The exponent of the variance over the batch size' };
    const sides = [
      decideBySeed(exponents, nothing, { ...test, side: 'above', margin: -1.1 }),
      decideBySeed(exponents, nothing, { ...test, side: 'below', margin: -0.9 }),
    ];
    return { ...all(sides), evidence: sides[0].evidence };
  },
};

export const noiseGaussian: LedgerClaim = {
  ...common,
  id: 'noise-gaussian',
  text: 'Gradients of single sequences are nearly Gaussian: the median excess kurtosis of a coordinate, in the median layer, is below 1.',
  source: 'arXiv 2506.12543, section 4.3 and open question 1',
  paper: 'Theorem 1 assumes it. Heavier tails are said not to change the picture.',
  figure: 'noise-kurtosis',
  judge: (study) =>
    decideBySeed(
      everywhere(study, (tables) =>
        median((tables.layers ?? []).flatMap((row) => finite(row.kurtosis) ?? [])),
      ),
      nothing,
      { side: 'below', margin: 1, unit: '', what: 'The excess kurtosis of the median layer' },
    ),
};

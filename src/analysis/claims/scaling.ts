// Early progress of a language model against batch size: the exponents of section 4.3, measured.

import { exponentOfCurve } from '../../theory/fit.ts';
import { withhold } from '../missing.ts';
import { type LossProgress, lossProgressOf, predictedDrift, progressCurves } from '../scaling.ts';
import type { Judgement, LedgerClaim, StudyFacts } from './claim.ts';
import { all, decideNumber, undecided } from './decide.ts';

/** How far an exponent may be off and still be called the predicted one. */
const WITHIN = 0.1;
/** Batch sizes that count as before saturation: the three smallest. */
const EARLY = 3;
/** Exponents have none. */
const unit = '';

/** The arm's exponent over `batchSizes`, against `expected`; `more` is what is missing for that. */
function judge(
  study: StudyFacts,
  arm: string,
  batchSizes: readonly number[],
  expected: number,
  what: string,
  more: readonly string[] = [],
): Judgement {
  const inside = ({ optimizer, batchSize }: LossProgress) =>
    optimizer === arm && batchSizes.includes(batchSize);
  const planned = { batchSizes, seeds: study.seeds.map(String) };
  const [curve] = progressCurves(lossProgressOf(study.rows, study.models).filter(inside), planned);
  const fit = curve?.fit;
  const missing = [...(curve?.missing ?? []), ...more];
  if (!fit)
    return withhold(undecided(`there is no curve of progress of ${arm} over two batch sizes`, unit), missing);
  const off = fit.exponent - expected;
  const ci95 = fit.ci95 && ([fit.ci95[0] - expected, fit.ci95[1] - expected] as [number, number]);
  const sides = (['above', 'below'] as const).map((side) =>
    decideNumber(off, ci95, { side, margin: side === 'above' ? -WITHIN : WITHIN, unit, what }, missing),
  );
  const range = fit.ci95 ? ` (${fit.ci95.map((x) => x.toFixed(3)).join(' to ')})` : '';
  return {
    ...all(sides),
    evidence:
      `${sides[0].evidence} The exponent is ${fit.exponent.toFixed(3)}${range} over batch sizes ${fit.from} to ${fit.to}${fit.fits === false ? ', and the curve is further from a power than the seeds explain' : ''}.`.replaceAll(
        '-',
        '−',
      ),
  };
}

const common = { experiment: 'scaling', figure: 'progress' };

export const scalingSgd: LedgerClaim = {
  ...common,
  id: 'scaling-sgd',
  text: `At a fixed learning rate the early progress of SGD does not depend on batch size: its exponent is within ${WITHIN} of 0.`,
  source: 'arXiv 2506.12543, section 4.3, equation 2',
  paper: 'The drift of the SDE of SGD has no batch size in it.',
  judge: (study) => judge(study, 'sgd', study.batchSizes, 0, 'The exponent of SGD minus 0'),
};

export const scalingSign: LedgerClaim = {
  ...common,
  id: 'scaling-sign',
  text: `Before saturation, at the ${EARLY} smallest batch sizes, the early progress of SignSGD grows as the square root of the batch size, within ${WITHIN}.`,
  source: 'arXiv 2506.12543, section 4.3, Theorem 1',
  paper: 'Where noise is large, the drift of SignSGD is proportional to the square root of the batch size.',
  judge: (study) =>
    judge(study, 'signsgd', study.batchSizes.slice(0, EARLY), 0.5, 'The exponent of SignSGD minus 1/2'),
};

export const scalingTheorem: LedgerClaim = {
  ...common,
  id: 'scaling-theorem',
  text: `Over all batch sizes the exponent of SignSGD is within ${WITHIN} of the one that Theorem 1 gives for the gradient and the noise measured before training.`,
  source: 'arXiv 2506.12543, Theorem 1; the comparison is not in the paper',
  paper:
    'The theorem is checked on a quadratic with chosen noise; a reviewer asked for the noise of a real model.',
  judge(study) {
    const predicted = predictedDrift(study.rows, study.batchSizes);
    const theory = exponentOfCurve(predicted.map(({ batchSize, drift }) => ({ x: batchSize, y: drift })));
    const unmeasured = study.batchSizes.filter(
      (size) => !predicted.some(({ batchSize }) => batchSize === size),
    );
    const missing = unmeasured.map((size) => `predicted speed at batch size ${size}`);
    if (!theory)
      return withhold(undecided('the noise of the gradient before training was not measured', unit), missing);
    return judge(
      study,
      'signsgd',
      study.batchSizes,
      theory.exponent,
      `The exponent of SignSGD minus that of the theorem (${theory.exponent.toFixed(3)})`,
      missing,
    );
  },
};

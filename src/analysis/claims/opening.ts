// From theory to practice: does the gap open at the batch size that the gradient's noise predicts?
// Three predictions.

import { isOn } from '../budgets.ts';
import { gaps } from '../gap.ts';
import { withhold } from '../missing.ts';
import { displayName } from '../names.ts';
import { geometricMean, noisePredictions, openings, overTraining, type PredictionKind } from '../opening.ts';
import { groupBy } from '../rows.ts';
import { mean, tInterval } from '../stats.ts';
import type { Judgement, LedgerClaim, StudyFacts } from './claim.ts';
import { missingAt } from './contrast.ts';
import { all, closeMargin, decideNumber, undecided } from './decide.ts';
import { smallest, spot, winnersAt } from './places.ts';

/** Doublings either way: a factor of four, about the range over training of one run's predictions. */
const WITHIN = 2;

const unit = 'doublings';

function judge(study: StudyFacts, kind: PredictionKind): Judgement {
  const [frontier] = study.frontiers;
  const on = study.cells.filter(isOn(frontier, study));
  const own = gaps(on, { baseline: 'adam', challenger: 'sgd' });
  const measured = openings(own, closeMargin);
  const missing = [
    ...missingAt(
      study.cells,
      study.batchSizes.flatMap((size) => ['adam', 'sgd'].map((arm) => ({ ...spot(study, size), arm }))),
    ),
    // Between which batch sizes the gap opens may depend on it.
    ...own.filter((gap) => !gap.bracketed).map((gap) => `a bracketed gap at batch size ${gap.batchSize}`),
  ];
  if (measured.length === 0)
    return withhold(undecided('fewer than two batch sizes have a bracketed gap', unit), missing);
  const runs = winnersAt(study, { ...spot(study, smallest(study)), arm: 'adam' });
  const predicted = new Map(
    [...groupBy(runs, (row) => String(row.seed)).values()].flatMap((own) => {
      const at = overTraining(own.flatMap(noisePredictions), kind);
      return at === null ? [] : [[own[0].seed, at] as const];
    }),
  );
  const pairs = measured.flatMap((opening) => {
    const at = predicted.get(opening.seed);
    return at === undefined ? [] : [{ ...opening, predicted: at.at, limit: at.bound }];
  });
  for (const seed of study.probed.noise ?? [])
    if (!pairs.some((pair) => pair.seed === seed))
      missing.push(`measured and predicted opening of seed ${seed}`);
  if (pairs.length === 0)
    return withhold(
      undecided(
        `no seed has both a gap at every batch size and the noise of Adam's gradient at batch size ${smallest(study)}`,
        unit,
      ),
      missing,
    );
  const ratios = pairs.map(({ at, predicted }) => Math.log2(at / predicted));
  const test = {
    unit,
    what: 'The ratio of the measured batch size, at which the gap opens, to the predicted one',
  };
  const number = (side: 'above' | 'below', margin: number) =>
    decideNumber(mean(ratios), tInterval(ratios), { ...test, side, margin }, missing, pairs.length);
  const sides = [number('above', -WITHIN), number('below', WITHIN)];
  const judged = withBounds(
    all(sides),
    // A prediction that is larger makes the ratio smaller, as an opening that is.
    pairs.flatMap(({ bound, limit }) => (limit === 'at least' ? [bound, 'at most' as const] : [bound])),
  );
  const middle = (values: readonly number[]) => String(Number(geometricMean(values)!.toPrecision(2)));
  const limited = (['at most', 'at least'] as const).flatMap((limit) => {
    const count = pairs.filter(({ bound }) => bound === limit).length;
    const where =
      limit === 'at most'
        ? `is past ${closeMargin} nats already at the smallest`
        : `is not past ${closeMargin} nats even at the largest`;
    return count > 0
      ? [` In ${count} of ${pairs.length} seeds the gap ${where} batch size, so that one is counted.`]
      : [];
  });
  const least = pairs.filter(({ limit }) => limit === 'at least').length;
  return {
    ...judged,
    evidence: `${sides[0].evidence} Measured ${middle(pairs.map(({ at }) => at))} sequences, predicted ${middle(pairs.map((one) => one.predicted))}.${limited.join('')}${least > 0 ? ` In ${least} of ${pairs.length} seeds the samples were too few for the prediction at some point, and its lower bound is counted.` : ''}`,
  };
}

/** A verdict stands only if ratios that are known as bounds could not overturn it. */
function withBounds(judged: Judgement, bounds: readonly ('exact' | 'at most' | 'at least')[]): Judgement {
  const [less, more] = [bounds.includes('at most'), bounds.includes('at least')];
  if (!less && !more) return judged;
  // The truth lies further out: a ratio that is too far off on that side stays so.
  const [lo, hi] = judged.ci95 ?? [0, 0];
  const sure =
    judged.verdict === 'refuted' && ((less && !more && hi < -WITHIN) || (more && !less && lo > WITHIN));
  return sure ? judged : { ...judged, verdict: 'inconclusive' };
}

const measuredOn = `measured on ${displayName('adam')} at the smallest batch size`;
const text = (what: string) =>
  `The batch size at which the gap grows past ${closeMargin} nats is within a factor of four of ${what}, ${measuredOn}.`;
const common = { experiment: 'noise-prediction', figure: 'opening' };

export const openingDrift: LedgerClaim = {
  ...common,
  id: 'opening-drift',
  text: text('B*, where sign descent has 84% of its noiseless speed by Theorem 1'),
  source: 'arXiv 2506.12543, Theorem 1; the test is not in the paper',
  paper:
    'Sign descent, and so Adam, gets faster with batch size until the noise is below the signal; SGD does not. No batch size is predicted.',
  judge: (study) => judge(study, 'drift'),
};

export const openingMomentum: LedgerClaim = {
  ...common,
  id: 'opening-momentum',
  text: text('B* (1 - beta) / (1 + beta), as momentum averages that many batches'),
  source:
    'arXiv 2506.12543, Theorem 1, extended to momentum here (docs/theory.md); the test is not in the paper',
  paper: 'Its SDEs have no momentum. A reviewer asked for it.',
  judge: (study) => judge(study, 'momentum'),
};

export const openingNoiseScale: LedgerClaim = {
  ...common,
  id: 'opening-noise-scale',
  text: text("the gradient noise scale, at which SGD's own gain from larger batches ends"),
  source: 'McCandlish et al., arXiv 1812.06162; the test is not in the paper',
  paper:
    'The paper does not look at it. It is the usual account of critical batch sizes, and stands here for comparison.',
  judge: (study) => judge(study, 'noiseScale'),
};

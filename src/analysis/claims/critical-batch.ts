// The critical batch size of both optimizers, in two definitions.
import { bySeed, type CriticalBatch, type CriticalKind, criticalBatch } from '../critical.ts';
import { withhold } from '../missing.ts';
import { displayName } from '../names.ts';
import { mean } from '../stats.ts';
import type { Judgement, LedgerClaim, StudyFacts } from './claim.ts';
import { missingAt } from './contrast.ts';
import { decideBySeed, undecided } from './decide.ts';
import { spot } from './places.ts';

const pair = ['adam', 'sgd'] as const;

function judge(study: StudyFacts, kind: CriticalKind): Judgement {
  const frontier = study.frontiers[0];
  const measured = bySeed(study.rows, study.cells, frontier.model, pair);
  const known = measured.flatMap(({ seed, arms }) => {
    const [adam, sgd] = pair.map((arm) => criticalBatch(arms[arm] ?? [], kind));
    return adam && sgd ? [{ seed, adam, sgd }] : [];
  });
  const places = pair.flatMap((arm) =>
    study.batchSizes.map((size) => ({ ...spot(study, size, frontier), arm })),
  );
  const reached = (seed: number, arm: string, size: number) =>
    measured.some((one) => one.seed === seed && one.arms[arm]?.some(({ batchSize }) => batchSize === size));
  const missing = [
    ...missingAt(study.cells, places),
    ...places.flatMap(({ arm, batchSize }) =>
      study.seeds
        .filter((seed) => !reached(seed, arm, batchSize))
        .map(
          (seed) =>
            `steps to the common loss of seed ${seed} (${displayName(arm)} at batch size ${batchSize})`,
        ),
    ),
  ];
  if (known.length === 0)
    return withhold(
      undecided('fewer than three batch sizes reach the common loss with both optimizers'),
      missing,
    );
  const ratios = new Map(known.map(({ seed, adam, sgd }) => [seed, Math.log2(adam.at / sgd.at)]));
  const middle = (of: 'adam' | 'sgd') => {
    const sizes = known.map((one) => one[of]);
    const value = Number((2 ** mean(sizes.map(({ at }) => Math.log2(at)))).toPrecision(2));
    return [...new Set(sizes.map(({ bound }) => bound).filter((bound) => bound !== 'exact')), value].join(
      ' ',
    );
  };
  const judged = decideBySeed({ bySeed: ratios, missing }, '', {
    ...{ side: 'above', margin: 0, unit: 'doublings' },
    what: "The ratio of Adam's critical batch size to SGD's",
  });
  return withBounds(
    {
      ...judged,
      evidence: `${judged.evidence} Critical batch sizes: Adam ${middle('adam')}, SGD ${middle('sgd')} sequences.`,
    },
    known,
  );
}

/** A verdict stands only if critical batch sizes that are known as bounds could not overturn it. */
function withBounds(
  judged: Judgement,
  known: readonly { adam: CriticalBatch; sgd: CriticalBatch }[],
): Judgement {
  const bounds = (of: 'adam' | 'sgd', bound: CriticalBatch['bound']) =>
    known.filter((one) => one[of].bound === bound).length;
  const mayBeMore = bounds('adam', 'at least') + bounds('sgd', 'at most');
  const mayBeLess = bounds('adam', 'at most') + bounds('sgd', 'at least');
  const doubtful = { supported: mayBeLess, refuted: mayBeMore, inconclusive: 0 }[judged.verdict];
  return doubtful === 0
    ? judged
    : {
        ...judged,
        verdict: 'inconclusive',
        evidence: `${judged.evidence} In ${doubtful} of ${2 * known.length} cases it lies outside of the batch sizes that were run, which could change this.`,
      };
}

const common = {
  experiment: 'critical-batch',
  figure: 'steps-to-target',
  paper:
    'SGD gains nothing from larger batches almost from the start ("critical batch size about 1"); Adam does.',
};

export const criticalLinear: LedgerClaim = {
  ...common,
  id: 'critical-batch-linear',
  text: 'Larger batches save steps up to a larger batch size with Adam than with SGD: up to there, steps fall within 20% of one over the batch size.',
  source: 'arXiv 2506.12543 (in another sense); definition of arXiv 2410.21676',
  judge: (study) => judge(study, 'linear'),
};

export const criticalFit: LedgerClaim = {
  ...common,
  id: 'critical-batch-fit',
  text: 'The critical batch size is larger for Adam than for SGD, by a fit of steps = least steps x (1 + critical / batch).',
  source: 'McCandlish et al., arXiv 1812.06162, equation 2.11',
  judge: (study) => judge(study, 'fit'),
};

// The critical batch size of both optimizers, in two definitions.
import { bySeed, type CriticalKind, criticalBatch } from '../critical.ts';
import { mean, tInterval } from '../stats.ts';
import type { ClaimDef, Judgement, StudyFacts } from './claim.ts';
import { decideNumber, undecided } from './decide.ts';

function judge(study: StudyFacts, kind: CriticalKind): Judgement {
  const frontier = study.frontiers[0];
  const measured = bySeed(study.rows, study.cells, frontier.model, ['adam', 'sgd']);
  const known = measured.flatMap(({ arms }) => {
    const [adam, sgd] = ['adam', 'sgd'].map((arm) => criticalBatch(arms[arm] ?? [], kind));
    return adam && sgd ? [{ adam, sgd }] : [];
  });
  if (known.length === 0)
    return undecided('fewer than three batch sizes reach the common loss with both optimizers');
  const ratios = known.map(({ adam, sgd }) => Math.log2(adam / sgd));
  const middle = (of: 'adam' | 'sgd') =>
    String(Number((2 ** mean(known.map((one) => Math.log2(one[of])))).toPrecision(2)));
  const judged = decideNumber(
    mean(ratios),
    tInterval(ratios),
    { side: 'above', margin: 0, unit: 'doublings', what: "Adam's critical batch size over SGD's" },
    known.length,
  );
  return {
    ...judged,
    evidence: `${judged.evidence} Critical batch sizes: Adam ${middle('adam')}, SGD ${middle('sgd')} sequences.`,
  };
}

const common = {
  experiment: 'critical-batch',
  figure: 'steps-to-target',
  paper:
    'SGD gains nothing from larger batches almost from the start ("critical batch size about 1"); Adam does.',
};

export const criticalLinear: ClaimDef = {
  ...common,
  id: 'critical-batch-linear',
  text: 'Adam turns larger batches into fewer steps further than SGD does: its largest batch within 20% of linear saving is larger.',
  source: 'arXiv 2506.12543 (in another sense); definition of arXiv 2410.21676',
  judge: (study) => judge(study, 'linear'),
};

export const criticalFit: ClaimDef = {
  ...common,
  id: 'critical-batch-fit',
  text: 'The critical batch size of the fit steps = least steps x (1 + critical / batch) is larger for Adam than for SGD.',
  source: 'McCandlish et al., arXiv 1812.06162, equation 2.11',
  judge: (study) => judge(study, 'fit'),
};

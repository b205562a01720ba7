// Memory for one micro-batch only: small batches, or large ones by accumulation?

import { mean } from '../stats.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { type CellPlace, contrast } from './contrast.ts';
import { decide, undecided } from './decide.ts';
import { largest, smallest, spot, winnersAt } from './places.ts';

/** Mean training time of the winner's seeds; undefined where nothing ran. */
function seconds(study: StudyFacts, at: CellPlace): number | undefined {
  const own = winnersAt(study, at);
  return own.length > 0 ? mean(own.map((row) => row.seconds)) : undefined;
}

export const accumulation: LedgerClaim = {
  id: 'accumulation',
  text: 'With memory for one micro-batch and in equal time, SGD at the smallest batch size ends at most 0.02 nats above Adam at the largest, which has to accumulate gradients.',
  source: 'arXiv 2506.12543, section 5 (memory-constrained training); arXiv 2507.07101',
  experiment: 'accumulation',
  paper: 'Where memory is short, it recommends small batches without accumulation, at which SGD works too.',
  figure: 'time',
  judge(study) {
    if (study.frontiers.length < 2) return undecided('equal wall clock takes two budgets');
    const [short, long] = study.frontiers.filter(({ tokens }) => tokens !== null).slice(-2);
    const adam = { ...spot(study, largest(study), long), arm: 'adam' };
    const [few, many] = [short, long].map((f) => ({ ...spot(study, smallest(study), f), arm: 'sgd' }));
    const [limit, a, b] = [adam, few, many].map((at) => seconds(study, at));
    if (limit === undefined || a === undefined || b === undefined)
      return undecided('a run whose time is needed is missing');
    // A tenth is about what the time of one and the same run differs by.
    if (!(b > 1.1 * a))
      return undecided(
        'the larger budget did not take clearly longer, so there is no line of loss over time',
      );
    // SGD's loss at Adam's time, on a straight line in log time between its two budgets.
    const place = Math.log(limit / a) / Math.log(b / a);
    const share = Math.min(1, Math.max(0, place));
    const judged = decide(
      contrast(study.cells, [
        { ...many, weight: share },
        { ...few, weight: 1 - share },
        { ...adam, weight: -1 },
      ]),
      {
        side: 'below',
        margin: 0.02,
        unit: 'nats',
        what: `SGD at batch size ${smallest(study)} minus Adam at ${largest(study)} after ${limit.toFixed(1)} s of training`,
      },
    );
    const tokens = Math.round(mean(winnersAt(study, many).map((row) => row.tokensTrained ?? row.tokens)));
    // Outside of its two budgets SGD's loss is only bounded: from above by that of the longer run,
    // from below by that of the shorter.
    const isOpen =
      (place > 1 && judged.verdict === 'refuted') || (place < 0 && judged.verdict === 'supported');
    const outside = isOpen ? ' Adam took a time outside of those of SGD, which could change this.' : '';
    return {
      ...judged,
      verdict: isOpen ? 'inconclusive' : judged.verdict,
      evidence: `${judged.evidence}${outside} ${tokens.toLocaleString('en-US')} tokens took ${b.toFixed(1)} s at the small batch and ${limit.toFixed(1)} s at the large one.`,
    };
  },
};

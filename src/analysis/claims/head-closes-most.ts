// Adam on the head alone.
import type { LedgerClaim } from './claim.ts';
import { cellAt } from './contrast.ts';
import { beyondHalf, hasGap } from './half-gap.ts';
import { largest, spot } from './places.ts';

export const headClosesMost: LedgerClaim = {
  id: 'head-closes-most',
  text: 'At the largest batch size, Adam on the output head and SGD everywhere else closes more than half of the gap.',
  source: 'arXiv 2606.14259',
  experiment: 'head-only-adam',
  paper: 'Adam on the head closes 69% of the gap, and Adam on head and embedding nearly all of it.',
  figure: 'arms',
  judge(study) {
    const at = spot(study, largest(study));
    const what = 'What Adam on the head gains beyond half of the gap';
    const judged = beyondHalf(study, 'head', { side: 'above', what });
    if (!hasGap(study)) return judged;
    const loss = (arm: string) => cellAt(study.cells, { ...at, arm })?.best?.valLossMean;
    const [sgd, adam] = [loss('sgd'), loss('adam')];
    const shares = ['head', 'head+embedding', 'norm'].flatMap((arm) => {
      const own = loss(arm);
      if (own === undefined || sgd === undefined || adam === undefined) return [];
      return [`${arm} ${Math.round((100 * (sgd - own)) / (sgd - adam))}%`.replace(/-(?=\d+%)/, '−')];
    });
    return shares.length > 0
      ? { ...judged, evidence: `${judged.evidence} Shares of the gap closed: ${shares.join(', ')}.` }
      : judged;
  },
};

// Adam on the head alone.
import type { ClaimDef } from './claim.ts';
import { cellAt, contrast, gapTerms } from './contrast.ts';
import { decide } from './decide.ts';
import { largest, spot } from './places.ts';

export const headClosesMost: ClaimDef = {
  id: 'head-closes-most',
  text: 'At the largest batch size Adam on the output head alone, SGD elsewhere, closes more than half of the gap.',
  source: 'arXiv 2606.14259',
  experiment: 'head-only-adam',
  paper: 'Adam on the head closes 69% of the gap, with the embedding nearly all of it.',
  figure: 'arms',
  judge(study) {
    const at = spot(study, largest(study));
    const judged = decide(
      contrast(study.cells, [
        { ...at, arm: 'sgd', weight: 0.5 },
        { ...at, arm: 'head', weight: -1 },
        { ...at, arm: 'adam', weight: 0.5 },
      ]),
      { side: 'above', margin: 0, unit: 'nats', what: 'What Adam on the head gains beyond half of the gap' },
    );
    const loss = (arm: string) => cellAt(study.cells, { ...at, arm })?.best?.valLossMean;
    const [sgd, adam] = [loss('sgd'), loss('adam')];
    // A share of a gap that may be nothing says nothing.
    const gap = contrast(study.cells, gapTerms(at, 'sgd', 'adam'));
    if (gap.kind !== 'known' || !gap.ci95 || !(gap.ci95[0] > 0))
      return {
        ...judged,
        evidence: `${judged.evidence} Shares of the gap are not defined: it is not clearly above 0.`,
      };
    const shares = ['head', 'head+embedding', 'norm'].flatMap((arm) => {
      const own = loss(arm);
      if (own === undefined || sgd === undefined || adam === undefined) return [];
      return [`${arm} ${Math.round((100 * (sgd - own)) / (sgd - adam))}%`];
    });
    return shares.length > 0
      ? { ...judged, evidence: `${judged.evidence} Shares of the gap closed: ${shares.join(', ')}.` }
      : judged;
  },
};

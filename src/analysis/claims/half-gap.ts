// Half of the gap: whether an arm stands nearer to Adam or to SGD at the largest batch size.
import type { Judgement, StudyFacts } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide, type Test } from './decide.ts';
import { largest, spot } from './places.ts';

/** Whether SGD is clearly behind Adam: a share of a gap that may be nothing, or negative, says nothing. */
export function hasGap(study: StudyFacts): boolean {
  const gap = contrast(study.cells, gapTerms(spot(study, largest(study)), 'sgd', 'adam'));
  return gap.kind === 'known' && gap.ci95 !== null && gap.ci95[0] > 0;
}

/**
 * The verdict on what `arm` gains on SGD beyond half of the gap, L(SGD) - L(arm) - (L(SGD) - L(Adam)) / 2.
 * Without a gap there is none.
 */
export function beyondHalf(study: StudyFacts, arm: string, test: Pick<Test, 'side' | 'what'>): Judgement {
  const at = spot(study, largest(study));
  const judged = decide(
    contrast(study.cells, [
      { ...at, arm: 'sgd', weight: 0.5 },
      { ...at, arm, weight: -1 },
      { ...at, arm: 'adam', weight: 0.5 },
    ]),
    { ...test, margin: 0, unit: 'nats' },
  );
  if (judged.effect === null || hasGap(study)) return judged;
  return {
    ...judged,
    verdict: 'inconclusive',
    evidence: `${judged.evidence} Shares of the gap are not defined: it is not clearly above 0.`,
  };
}

// What a change of setting must leave as it is: the gap at large batch exceeds that at small batch.
import type { Judgement, StudyFacts } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide } from './decide.ts';
import { largest, smallest, spot } from './places.ts';

/** Gap at the largest minus gap at the smallest batch size of a pair of arms, above zero. */
export function opens(
  study: StudyFacts,
  [challenger, baseline]: readonly [string, string],
  label: string,
  frontier = study.frontiers[0],
): Judgement {
  const terms = [
    ...gapTerms(spot(study, largest(study), frontier), challenger, baseline),
    ...gapTerms(spot(study, smallest(study), frontier), challenger, baseline, -1),
  ];
  return decide(contrast(study.cells, terms), {
    side: 'above',
    margin: 0,
    unit: 'nats',
    what: `With ${label} the gap at batch size ${largest(study)} minus that at ${smallest(study)}`,
  });
}

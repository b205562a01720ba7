// The recommendation for a batch size: which optimizer, why, and what it is worth,
// as far as measurements tell.
import { displayName } from '../analysis/names.ts';
import { fixed, short } from '../report/format.ts';
import { type Fact, foreign, type Given } from './given.ts';

/** Nothing is known better than within this factor (docs/theory.md), so nearer than that nothing is said. */
const FACTOR = 4;

export interface Recommendation {
  optimizer: string | null;
  why: string;
}

export function recommend(given: Given, openings: readonly Fact[], batchSize: number): Recommendation {
  const study = foreign(given) === undefined ? given.study : undefined;
  const gap = study?.gaps.find((one) => one.batchSize === batchSize && one.ci95 !== null);
  if (gap) {
    const [base, other] = [displayName(gap.baseline), displayName(gap.challenger)];
    const [lo, hi] = gap.ci95!;
    const doubt = [...(gap.bracketed ? [] : ['a learning rate is at its edge']), ...gap.missing];
    if (doubt.length > 0)
      return { optimizer: null, why: `${study!.name} does not settle it: ${doubt.join('; ')}` };
    if (lo > 0)
      return {
        optimizer: gap.baseline,
        why: `${base} was better in ${study!.name}, worth ${fixed(gap.gap)} nats (${fixed(lo)} to ${fixed(hi)})`,
      };
    if (hi < 0)
      return {
        optimizer: gap.challenger,
        why: `${other} was better in ${study!.name}, worth ${fixed(-gap.gap)} nats (${fixed(-hi)} to ${fixed(-lo)})`,
      };
    return {
      optimizer: null,
      why: `${other} and ${base} could not be told apart in ${study!.name} (${fixed(lo)} to ${fixed(hi)} nats): take the one that fits`,
    };
  }
  // What was measured comes before what was predicted.
  const known = openings.find(({ value }) => value !== null);
  if (!known)
    return {
      optimizer: null,
      why: 'nothing known here speaks of such a model and budget; a study of your own tells (--check)',
    };
  const at = known.value!;
  // In long runs SGD fell behind at a ninth of the prediction, or at batch size 1 already: docs/theory.md.
  if (batchSize < at && known.isTooLarge)
    return {
      optimizer: null,
      why: `below the ${short(at)} sequences at which SGD is predicted to fall behind; in long runs of this project it did so much earlier: tune both`,
    };
  if (batchSize * FACTOR <= at)
    return {
      optimizer: 'sgd',
      why: `far below the ${short(at)} sequences at which SGD falls behind (${known.origin}), and it needs less memory; how much it is worth is not known`,
    };
  if (batchSize >= at * FACTOR)
    return {
      optimizer: 'adam',
      why: `far above the ${short(at)} sequences at which SGD falls behind (${known.origin}); how much it is worth is not known`,
    };
  return {
    optimizer: null,
    why: `within a factor of ${FACTOR} of the ${short(at)} sequences at which SGD falls behind (${known.origin}), and that is not known better: tune both`,
  };
}

// gaplab's own optimizer from Theorem 1 (src/optim/drift.ts): as good as the better
// of SGD and Adam at both ends?
import type { Judgement, LedgerClaim, StudyFacts } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { all, closeMargin, decide } from './decide.ts';
import { largest, smallest, spot } from './places.ts';

/** Drift within the margin of both tuned SGD and tuned Adam, so of the better one. */
function close(study: StudyFacts, batchSize: number): Judgement {
  return all(
    ['sgd', 'adam'].map((arm) =>
      decide(contrast(study.cells, gapTerms(spot(study, batchSize), 'drift', arm)), {
        side: 'below',
        margin: closeMargin,
        unit: 'nats',
        what: `drift minus ${arm === 'sgd' ? 'SGD' : 'Adam'} at batch size ${batchSize}`,
      }),
    ),
  );
}

const common = {
  experiment: 'drift-hybrid',
  figure: 'arms',
  source: "gaplab's own, its half-life chosen on runs of nano; open question 3 of arXiv 2506.12543",
  paper: 'It asks for an optimizer that does well at every batch size, and proposes none of this kind.',
};

export const driftSmall: LedgerClaim = {
  ...common,
  id: 'drift-small',
  text: `At the smallest batch size the optimizer drift ends at most ${closeMargin} nats above the better of SGD and Adam, all tuned.`,
  judge: (study) => close(study, smallest(study)),
};

export const driftLarge: LedgerClaim = {
  ...common,
  id: 'drift-large',
  text: `At the largest batch size the optimizer drift ends at most ${closeMargin} nats above the better of SGD and Adam, all tuned.`,
  judge: (study) => close(study, largest(study)),
};

export const driftBeyondMemory: LedgerClaim = {
  ...common,
  id: 'drift-beyond-memory',
  text: 'At the largest batch size the optimizer drift is better than Adam with the same half-life of the second moment, so that this memory is not all of its gain.',
  judge(study) {
    const at = spot(study, largest(study));
    return decide(contrast(study.cells, gapTerms(at, 'drift', 'adam-tokens')), {
      side: 'below',
      margin: 0,
      unit: 'nats',
      what: `drift minus Adam with its half-life at batch size ${at.batchSize}`,
    });
  },
};

// Three relatives of Adam, each with one part of it changed: what the gap is made of.
import type { Judgement, LedgerClaim, StudyFacts } from './claim.ts';
import { contrast, type Term } from './contrast.ts';
import { all, closeMargin, decide } from './decide.ts';
import { beyondHalf } from './half-gap.ts';
import { largest, smallest, spot } from './places.ts';

/** Whether a sum of losses is within the margin on both sides. */
const close = (study: StudyFacts, terms: readonly Term[], what: string): Judgement => {
  const found = contrast(study.cells, terms);
  const test = { unit: 'nats', what };
  return all([
    decide(found, { ...test, side: 'below', margin: closeMargin }),
    decide(found, { ...test, side: 'above', margin: -closeMargin }),
  ]);
};

export const adasgdCloses: LedgerClaim = {
  id: 'adasgd-closes',
  text: 'At the largest batch size AdaSGD, SGD with one adaptive learning rate, closes more than half of the gap between SGD and Adam.',
  source: 'Wang & Wiens, arXiv 2006.16541; a question of our own',
  experiment: 'relatives',
  paper:
    'AdaSGD is said to bridge the gap between SGD and Adam. If it did here, the gap would be one of scale, not of direction.',
  figure: 'arms',
  judge: (study) =>
    beyondHalf(study, 'adasgd', {
      side: 'above',
      what: `What AdaSGD gains on SGD at batch size ${largest(study)}, beyond half of the gap,`,
    }),
};

export const invariantAdam: LedgerClaim = {
  id: 'invariant-adam',
  text: `The loss of batch-size-invariant Adam is the same function of tokens at all batch sizes: at the largest and at the smallest it is within ${closeMargin} nats.`,
  source: 'Wang & Aitchison, arXiv 2402.18824',
  experiment: 'relatives',
  paper:
    'With squares taken before the mean over micro-batches, batch size drops out once the learning rate is scaled by it.',
  figure: 'arms',
  judge: (study) =>
    close(
      study,
      [
        { ...spot(study, largest(study)), arm: 'invadam', weight: 1 },
        { ...spot(study, smallest(study)), arm: 'invadam', weight: -1 },
      ],
      `Invariant Adam at batch size ${largest(study)} minus itself at ${smallest(study)}`,
    ),
};

export const adamSmallIsSgd: LedgerClaim = {
  id: 'adam-small-is-sgd',
  text: `At the smallest batch size Adam with a beta2 of 0.95 is SGD in disguise: both end within ${closeMargin} nats of each other.`,
  source: 'after Tang et al., arXiv 2312.14334; a question of our own',
  experiment: 'relatives',
  paper:
    'Where noise is most of the second moment, dividing by it divides by nearly a constant: noisy Adam is SGD with momentum.',
  figure: 'arms',
  judge: (study) =>
    close(
      study,
      [
        { ...spot(study, smallest(study)), arm: 'adam', weight: 1 },
        { ...spot(study, smallest(study)), arm: 'sgd', weight: -1 },
      ],
      `Adam minus SGD at batch size ${smallest(study)}`,
    ),
};

export const noiseOutHelps: LedgerClaim = {
  id: 'noise-out-helps',
  text: 'Taking the measured noise out of the second moment lowers the loss of Adam at the smallest batch size.',
  source: 'after Tang et al., arXiv 2312.14334; a question of our own',
  experiment: 'relatives',
  paper:
    'With the noise of privacy subtracted from the second moment, noisy Adam is Adam again and ahead of SGD.',
  figure: 'arms',
  judge: (study) =>
    decide(
      contrast(study.cells, [
        { ...spot(study, smallest(study)), arm: 'adam', weight: 1 },
        { ...spot(study, smallest(study)), arm: 'adambc', weight: -1 },
      ]),
      {
        side: 'above',
        margin: 0,
        unit: 'nats',
        what: `Adam minus Adam without noise at batch size ${smallest(study)}`,
      },
    ),
};

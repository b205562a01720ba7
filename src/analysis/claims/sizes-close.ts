// Figure 5: the small-batch tie at every model size.
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { all, closeMargin, decide } from './decide.ts';
import { smallest, spot } from './places.ts';

export const sizesClose: LedgerClaim = {
  id: 'sizes-close',
  text: `At the smallest batch size SGD ends at most ${closeMargin} nats above Adam, at every model size.`,
  source: 'arXiv 2506.12543, figure 5',
  experiment: 'model-sizes',
  paper: 'At 410 million and 1 billion parameters SGD can beat Adam at a small batch, too.',
  figure: 'sizes',
  judge: (study) =>
    all(
      study.frontiers.map((frontier) =>
        decide(contrast(study.cells, gapTerms(spot(study, smallest(study), frontier), 'sgd', 'adam')), {
          side: 'below',
          margin: closeMargin,
          unit: 'nats',
          what: `SGD minus Adam for ${frontier.model} at batch size ${smallest(study)}`,
        }),
      ),
    ),
};

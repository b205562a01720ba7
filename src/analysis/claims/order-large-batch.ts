// The order of optimizers at large batch in the sibling paper.
import { withhold } from '../missing.ts';
import { displayName } from '../names.ts';
import type { LedgerClaim } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { all, decide } from './decide.ts';
import { largest, present, spot } from './places.ts';

const order = ['adam', 'signum', 'rmsprop', 'sgd-cclip', 'sgd', 'sgd-noclip'];

export const orderLargeBatch: LedgerClaim = {
  id: 'order-large-batch',
  text: 'At the largest batch size the order from best to worst is Adam, Signum, RMSProp, and SGD with coordinate clipping, with global clipping, without clipping.',
  source: 'arXiv 2505.21829, table 1 (160M, batch size 256)',
  experiment: 'sign-methods',
  paper:
    'Perplexities: Adam 21.9, Signum 23.2, RMSProp 27.0, SGD with coordinate clipping 33.4, with global clipping 37.8, without clipping 53.6.',
  figure: 'arms',
  judge(study) {
    const at = spot(study, largest(study));
    const arms = present(study, order);
    // Of fewer arms the claim is another one.
    const absent = order.filter((arm) => !arms.includes(arm)).map((arm) => `the arm ${displayName(arm)}`);
    const judged = withhold(
      all(
        arms.slice(1).map((worse, i) =>
          decide(contrast(study.cells, gapTerms(at, worse, arms[i])), {
            side: 'above',
            margin: 0,
            unit: 'nats',
            what: `${displayName(worse)} minus ${displayName(arms[i])}`,
          }),
        ),
      ),
      absent,
    );
    const losses = study.cells
      .filter(
        (cell) => cell.batchSize === at.batchSize && cell.tokens === at.tokens && cell.model === at.model,
      )
      .flatMap(({ optimizer, best }) => (best ? [{ optimizer, loss: best.valLossMean }] : []))
      .sort((a, b) => a.loss - b.loss)
      .map(({ optimizer, loss }) => `${displayName(optimizer)} ${loss.toFixed(3)}`);
    return losses.length > 0
      ? { ...judged, evidence: `${judged.evidence} All of them, best first: ${losses.join(', ')}.` }
      : judged;
  },
};

// Adaptive momentum clipping: the largest coordinates of the direction are cut to a threshold
// that the direction itself sets.
import { clamp, mul, quantile } from './expr.ts';
import type { TransformDef } from './transform.ts';

/**
 * tau = the (1 - p)-quantile of |u| over all coordinates, by nearest rank; u <- sign(u) min(|u|, tau).
 * For SGD u is the momentum buffer, which stays unclipped: Algorithm 1 of arXiv 2506.12543.
 * About the share p of all coordinates is cut.
 */
export const adaptiveClip: TransformDef = {
  name: 'adaptiveClip',
  summary: 'the largest coordinates of the direction cut to a quantile of their sizes',
  source: 'arXiv 2506.12543, Algorithm 1',
  hyper: {
    p: {
      default: 0.1,
      why: 'arXiv 2306.00204 cuts a tenth of the coordinates of SGD; the value of arXiv 2506.12543 is not known: sweep it',
      min: 0,
      below: 1,
      grid: [0.001, 0.01, 0.05, 0.1, 0.3, 0.5],
    },
  },
  scalars: ({ p }) => ({ unclipped: 1 - p }),
  direction(u, { scalars }) {
    const threshold = quantile('all', u, scalars.unclipped);
    return clamp(u, mul(-1, threshold), threshold);
  },
  // A quantile is multiplied with its values.
  scaling: (inner) => inner,
};

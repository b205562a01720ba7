// Clipping coordinate by coordinate to a fixed threshold.
import { clamp, type Expr, mul } from './expr.ts';
import type { TransformDef } from './transform.ts';

const within = (x: Expr, maxAbs: Expr) => clamp(x, mul(-1, maxAbs), maxAbs);

/**
 * x <- min(maxAbs, max(-maxAbs, x)), for the direction after momentum, or with `ofGradient`
 * the gradient before it.
 */
export const coordinateClip: TransformDef = {
  name: 'coordinateClip',
  summary: 'every coordinate clipped to a threshold',
  source: 'Pan & Li, arXiv 2306.00204 (gradients); arXiv 2505.21829 (momentum)',
  hyper: {
    maxAbs: {
      default: 0.1,
      why: 'arXiv 2306.00204 takes .1 for SGD; the scale of a gradient coordinate depends on the model: tune it',
      min: 1e-30,
      grid: [0.001, 0.003, 0.01, 0.03, 0.1],
    },
    ofGradient: {
      default: 0,
      why: 'arXiv 2505.21829 clips the momentum; 1 clips the gradient before it, as arXiv 2306.00204',
      oneOf: [0, 1],
    },
  },
  scalars: ({ maxAbs }) => ({ maxAbs }),
  gradient: (g, { scalars }, { ofGradient }) => (ofGradient ? within(g, scalars.maxAbs) : g),
  direction: (u, { scalars }, { ofGradient }) => (ofGradient ? u : within(u, scalars.maxAbs)),
  scaling: () => 'neither',
};

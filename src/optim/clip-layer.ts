// Clipping of the gradient by the norm of each tensor, in place of the norm of all.
import { add, div, min, mul, norm } from './expr.ts';
import type { TransformDef } from './transform.ts';

/**
 * g <- g min(1, maxNorm / (|g| + 1e-6)) tensor by tensor, before momentum; the factor is that of PyTorch's
 * clip_grad_norm_.
 */
export const layerClip: TransformDef = {
  name: 'layerClip',
  summary: "every tensor's gradient clipped to a norm",
  source:
    'global-norm clipping (arXiv 1211.5063) per tensor, as arXiv 2505.21829 compares it with the global norm',
  hyper: {
    maxNorm: {
      default: 1,
      why: 'the global norm of arXiv 2506.12543; a tensor alone has less, so this clips less',
      min: 1e-30,
      grid: [0.1, 0.3, 1],
    },
  },
  scalars: ({ maxNorm }) => ({ maxNorm }),
  gradient: (g, { scalars }) => mul(min(1, div(scalars.maxNorm, add(norm('tensor', g), 1e-6))), g),
  scaling: () => 'neither',
};

// Grafting: how far to go from one optimizer, where to from another.
import { embed } from './compose.ts';
import { div, eq, mul, norm, select } from './expr.ts';
import { defineOptimizer, type OptimizerDef } from './rule.ts';

/**
 * `magnitude#direction`: p <- p - lr * (|M| / |D|) * D, and no step where D = 0, for the directions
 * M and D that the two would take; norms over all parameters, or with `layerwise` over each
 * tensor (arXiv 2002.11803: AdaGraft is layerwise unless told otherwise; arXiv 2506.12543 grafts globally).
 * Both keep their own state, fed by the same gradients. Hyperparameters are `<optimizer>.<name>`.
 */
export function graft(magnitude: OptimizerDef, direction: OptimizerDef): OptimizerDef {
  const m = embed(magnitude, magnitude.name, { ownState: true });
  const d = embed(direction, direction.name, { ownState: true });
  return defineOptimizer({
    name: `${magnitude.name}#${direction.name}`,
    summary: `length of the steps of ${magnitude.name}, direction of ${direction.name}`,
    source: 'Agarwal et al., arXiv 2002.11803; arXiv 2506.12543, section 4.1',
    hyper: {
      ...m.hyper,
      ...d.hyper,
      layerwise: {
        default: 0,
        why: 'arXiv 2506.12543: norms over the whole parameter vector; 1 for those of each tensor',
        oneOf: [0, 1],
      },
    },
    // Steps are as long as those of the magnitude.
    lrGuess: magnitude.lrGuess,
    scaling: direction.scaling === 'neither' ? 'neither' : magnitude.scaling,
    state: (hyper) => [...m.state(hyper), ...d.state(hyper)],
    squares: (hyper) => [...m.squares(hyper), ...d.squares(hyper)],
    scalars: (at) => ({ ...m.scalars(at), ...d.scalars(at) }),
    update(x, hyper, tensor) {
      const far = m.update(x, hyper, tensor);
      const where = d.update(x, hyper, tensor);
      const scope = hyper.layerwise ? 'tensor' : 'all';
      const length = norm(scope, where.u);
      // A NaN is not equal to zero: it shows.
      const factor = select(eq(length, 0), 0, div(norm(scope, far.u), length));
      return { u: mul(factor, where.u), state: { ...far.state, ...where.state } };
    },
  });
}

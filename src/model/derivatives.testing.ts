// For tests: gradients, and the Hessian times a vector that recordings of PyTorch use as well.
import { dot } from '../graph/differences.testing.ts';
import { gradients } from '../graph/grad.ts';
import { add } from '../graph/ops/elementwise.ts';
import { constant } from '../graph/ops/source.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import { parameters } from './parameters.ts';

/** By parameter: the gradient of `loss`, and the Hessian times sin(1..n) over all parameters. */
export function derivatives(
  loss: Tensor,
  model: ModelConfig,
  wrt: readonly Tensor[],
): { gradient: Tensor; hessian: Tensor }[] {
  const first = gradients(loss, wrt);
  const along = parameters(model)
    .map((p, i) => {
      const direction = Float64Array.from({ length: p.size }, (_, j) => Math.sin(p.offset + j + 1));
      return dot(first[i], constant(p.shape, direction));
    })
    .reduce(add);
  const second = gradients(along, wrt);
  return first.map((gradient, i) => ({ gradient, hessian: second[i] }));
}

// Reverse-mode differentiation. Gradients are graphs of the same operations, so
// they can be differentiated again.
import { accumulate } from './accumulate.ts';
import { fill } from './ops/source.ts';
import { reachable, ShapeError, type Tensor } from './tensor.ts';

/**
 * Gradients of the scalar `loss` with respect to each tensor of `wrt` (same shapes;
 * zeros where `loss` does not depend on it). Throws ShapeError if `loss` is not a scalar.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0)
    throw new ShapeError(`gradients: loss must be a scalar, not [${loss.shape.join(', ')}]`);
  return pullback([loss], [fill([], 1)], wrt);
}

/**
 * Gradients of sum_i <outputs_i, seeds_i>, the seeds taken as constants: as `gradients`,
 * for tensors of any shape.
 */
export function pullback(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  wrt: readonly Tensor[],
): Tensor[] {
  const nodes = reachable(outputs);
  // Only nodes that lie between `wrt` and the outputs need a backward pass.
  const wanted = new Set(wrt.map((t) => t.node));
  const leads = new Set(nodes.filter((n) => wanted.has(n)));
  for (const node of nodes) if (node.inputs.some((t) => leads.has(t.node))) leads.add(node);

  const grads = new Map<Tensor, Tensor>();
  const reach = (t: Tensor, g: Tensor) => {
    const sum = grads.get(t);
    grads.set(t, sum ? accumulate(sum, g) : g);
  };
  outputs.forEach((t, i) => reach(t, seeds[i]));
  for (const node of nodes.reverse()) {
    if (!leads.has(node)) continue;
    const reached = node.outputs.map((t) => grads.get(t));
    if (reached.every((g) => g === undefined) || node.inputs.length === 0) continue;
    const inputs = node.op.grad(node, reached, node.attrs);
    node.inputs.forEach((t, i) => {
      const g = inputs[i];
      if (g && leads.has(t.node)) reach(t, g);
    });
  }
  return wrt.map((t) => grads.get(t) ?? fill(t.shape, 0));
}

// Reverse-mode differentiation. Gradients are graphs of the same operations, so they can be differentiated again.
import { add } from './ops/elementwise.ts';
import { fill } from './ops/source.ts';
import { reachable, ShapeError, type Tensor } from './tensor.ts';

/**
 * Gradients of the scalar `loss` with respect to each tensor of `wrt` (same shapes; zeros where `loss` does not
 * depend on it). Throws ShapeError if `loss` is not a scalar.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0)
    throw new ShapeError(`gradients: loss must be a scalar, not [${loss.shape.join(', ')}]`);
  const nodes = reachable([loss]);
  // Only nodes that lie between `wrt` and the loss need a backward pass.
  const wanted = new Set(wrt.map((t) => t.node));
  const leads = new Set(nodes.filter((n) => wanted.has(n)));
  for (const node of nodes) if (node.inputs.some((t) => leads.has(t.node))) leads.add(node);

  const grads = new Map<Tensor, Tensor>([[loss, fill([], 1)]]);
  for (const node of nodes.reverse()) {
    if (!leads.has(node)) continue;
    const outputs = node.outputs.map((t) => grads.get(t));
    if (outputs.every((g) => g === undefined) || node.inputs.length === 0) continue;
    const inputs = node.op.grad(node, outputs, node.attrs);
    node.inputs.forEach((t, i) => {
      const g = inputs[i];
      if (!g || !leads.has(t.node)) return;
      const sum = grads.get(t);
      grads.set(t, sum ? add(sum, g) : g);
    });
  }
  return wrt.map((t) => grads.get(t) ?? fill(t.shape, 0));
}

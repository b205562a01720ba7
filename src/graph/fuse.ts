// Sums with a matrix product in them become part of the product, where nobody else wants the product alone: one pass less each.
import { type MatmulOptions, matmul } from './ops/matmul.ts';
import { apply, reachable, sameShape, type Tensor } from './tensor.ts';

/** The same tensors, computed with fewer passes. */
export function fuseSums(outputs: readonly Tensor[]): Tensor[] {
  const nodes = reachable(outputs);
  const uses = new Map<Tensor, number>();
  for (const t of [...outputs, ...nodes.flatMap((node) => node.inputs)]) uses.set(t, (uses.get(t) ?? 0) + 1);
  const replaced = new Map<Tensor, Tensor>();
  const now = (t: Tensor) => replaced.get(t) ?? t;
  for (const { op, inputs, outputs: made, attrs } of nodes) {
    const [a, b] = inputs;
    let fused: Tensor | undefined;
    if (op.name === 'add' && sameShape(a.shape, b.shape)) fused = withProduct(a, b) ?? withProduct(b, a);
    if (fused) replaced.set(made[0], fused);
    else if (inputs.some((t) => replaced.has(t)))
      apply(op, inputs.map(now), attrs).forEach((t, i) => replaced.set(made[i], t));
  }
  return outputs.map(now);

  function withProduct(product: Tensor, plus: Tensor): Tensor | undefined {
    const { op, inputs, attrs } = product.node;
    if (op.name !== 'matmul' || inputs.length > 2 || product.shape.length !== 2) return undefined;
    if (uses.get(product)! > 1) return undefined;
    return matmul(now(inputs[0]), now(inputs[1]), { ...(attrs as MatmulOptions), plus: now(plus), beta: 1 });
  }
}

// A sum of a matrix product and something else becomes part of the product, unless
// the product is needed by itself too. Each saves a pass.
import { type MatmulOptions, matmul } from '../ops/matmul.ts';
import { sameShape, type Tensor } from '../tensor.ts';
import { type Rewriting, rewrite, usesOf } from './rewrite.ts';

/** The same tensors, computed with fewer passes. */
export function fuseSums(outputs: readonly Tensor[]): Tensor[] {
  const uses = usesOf(outputs);
  return rewrite(outputs, ({ op, inputs: [a, b] }, _, rewriting) => {
    if (op.name !== 'add' || !sameShape(a.shape, b.shape)) return undefined;
    const fused = withProduct(a, b, rewriting) ?? withProduct(b, a, rewriting);
    return fused && [fused];
  });

  function withProduct(product: Tensor, plus: Tensor, { now }: Rewriting): Tensor | undefined {
    const { op, inputs, attrs } = product.node;
    if (op.name !== 'matmul' || inputs.length > 2 || product.shape.length !== 2) return undefined;
    if (uses.get(product)! > 1) return undefined;
    return matmul(now(inputs[0]), now(inputs[1]), { ...(attrs as MatmulOptions), plus: now(plus), beta: 1 });
  }
}

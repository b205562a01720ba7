// Adding a gradient to what a buffer holds already, inside the operation that makes the gradient:
// no second buffer, and for a matrix product no pass of its own.
import { add } from './ops/elementwise.ts';
import { scatterRows } from './ops/lookup.ts';
import { type MatmulOptions, matmul } from './ops/matmul.ts';
import type { Tensor } from './tensor.ts';

/** True when `g` is rows added to a table of zeros. With a base, these zeros need not be made. */
export const startsFromZeros = ({ node }: Tensor): boolean =>
  node.op.name === 'scatterRows' && node.inputs.length === 2;

/**
 * base + g. Where it can be, the result may be written over `base`: each element
 * is read before it is written, and by the operation that writes it.
 */
export function accumulate(base: Tensor, g: Tensor): Tensor {
  const { op, inputs, attrs } = g.node;
  if (op.name === 'scatterRows') {
    const [x, ids, table] = inputs;
    return scatterRows(x, ids, g.shape[0], table ? accumulate(base, table) : base);
  }
  if (op.name === 'matmul' && g.shape.length === 2 && inputs.length === 2)
    return matmul(inputs[0], inputs[1], { ...(attrs as MatmulOptions), plus: base, beta: 1 });
  return add(base, g);
}

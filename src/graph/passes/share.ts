// Common subexpressions: nodes that apply the same operation to the same tensors become one.
import type { Tensor } from '../tensor.ts';
import { remade, rewrite } from './rewrite.ts';

/** The same tensors, nothing computed twice. */
export function shareNodes(outputs: readonly Tensor[]): Tensor[] {
  const byKey = new Map<string, readonly Tensor[]>();
  const numbers = new Map<unknown, number>();
  const numberOf = (value: unknown) => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value);
  };
  // Stored values (a constant's) count as equal when they are the same object.
  const keyOf = (attrs: unknown) =>
    JSON.stringify(attrs, (_, value) => (ArrayBuffer.isView(value) ? `#${numberOf(value)}` : value));
  return rewrite(outputs, (node, inputs) => {
    const key = [node.op.name, keyOf(node.attrs), ...inputs.map(numberOf)].join();
    const first = byKey.get(key) ?? remade(node, inputs);
    byKey.set(key, first);
    return first;
  });
}

// Common subexpressions: nodes that apply the same operation to the same tensors become one.
import { apply, reachable, type Tensor } from './tensor.ts';

/** The same tensors, nothing computed twice. */
export function shareNodes(outputs: readonly Tensor[]): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  const byKey = new Map<string, readonly Tensor[]>();
  const numbers = new Map<unknown, number>();
  const numberOf = (value: unknown) => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value);
  };
  // Stored values (a constant's) count as equal when they are the same object.
  const keyOf = (attrs: unknown) =>
    JSON.stringify(attrs, (_, value) => (ArrayBuffer.isView(value) ? `#${numberOf(value)}` : value));
  for (const { op, inputs: before, outputs: made, attrs } of reachable(outputs)) {
    const inputs = before.map((t) => replaced.get(t)!);
    const key = [op.name, keyOf(attrs), ...inputs.map(numberOf)].join();
    let first = byKey.get(key);
    if (!first) {
      first = inputs.every((t, i) => t === before[i]) ? made : apply(op, inputs, attrs);
      byKey.set(key, first);
    }
    for (const [i, t] of made.entries()) replaced.set(t, first[i]);
  }
  return outputs.map((t) => replaced.get(t)!);
}

// The oracle: evaluates a graph in float64, slowly and plainly. Gradients and the ONNX
// form are tested against it.
import { reachable, sizeOf, type Tensor, type Values } from './tensor.ts';

/** Values of `outputs` given values for the graph's inputs by name (row-major). */
export function evaluate(outputs: readonly Tensor[], feeds: Record<string, ArrayLike<number>>): Values[] {
  const values = new Map<Tensor, Values>();
  for (const node of reachable(outputs)) {
    const name = (node.attrs as { name?: string } | undefined)?.name;
    if (node.op.name === 'input') {
      const t = node.outputs[0];
      const data = Float64Array.from(feeds[name!] ?? []);
      if (data.length !== sizeOf(t.shape))
        throw new Error(`input "${name}" needs ${sizeOf(t.shape)} values, got ${data.length}`);
      values.set(t, { shape: t.shape, data });
      continue;
    }
    const inputs = node.inputs.map((t) => values.get(t)!);
    const results = node.op.evaluate(inputs, node.attrs, node.outputs);
    node.outputs.forEach((t, i) => values.set(t, { shape: t.shape, data: results[i] }));
  }
  return outputs.map((t) => values.get(t)!);
}

// A graph in two parts. The first does not depend on some of the inputs and is computed once;
// the second is computed for every value of these inputs.
import { input } from '../ops/source.ts';
import type { Node, Tensor } from '../tensor.ts';
import { remade, rewrite } from './rewrite.ts';

/** Nodes without inputs: cheaper to have in both parts than to keep. */
const SOURCES = ['input', 'fill', 'constant'];

/**
 * Cuts the graph of `outputs` before everything that depends on the inputs `late`.
 * `kept` are tensors of the first part by the names under which the second part has them as inputs;
 * `outputs` are the same tensors, made of those.
 */
export function cutBefore(
  outputs: readonly Tensor[],
  late: readonly Tensor[],
): { kept: Record<string, Tensor>; outputs: Tensor[] } {
  const second = new Set<Node>(late.map((t) => t.node));
  const kept: Record<string, Tensor> = {};
  const made = rewrite(outputs, (node, inputs, { replace }) => {
    if (second.has(node) || !node.inputs.some((t) => second.has(t.node))) return node.outputs;
    second.add(node);
    const own = inputs.map((t, i) => {
      const before = node.inputs[i];
      if (second.has(before.node) || t !== before || SOURCES.includes(t.node.op.name)) return t;
      const name = `kept:${Object.keys(kept).length}`;
      kept[name] = t;
      const entry = input(name, t.shape, t.dtype);
      replace(t, entry);
      return entry;
    });
    return remade(node, own);
  });
  return { kept, outputs: outputs.map((t, i) => (second.has(t.node) ? made[i] : t)) };
}

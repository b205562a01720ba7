// A graph in two parts: what some of its inputs have no part in, computed once, and the rest, computed for every value of them.
import { input } from './ops/source.ts';
import { apply, type Node, reachable, type Tensor } from './tensor.ts';

/** Nodes without inputs: cheaper to have in both parts than to keep. */
const SOURCES = ['input', 'fill', 'constant'];

/**
 * Cuts the graph of `outputs` before everything that depends on the inputs `late`. `kept` are tensors of the first part by the
 * names under which the second part has them as inputs; `outputs` are the same tensors, made of those.
 */
export function cutBefore(
  outputs: readonly Tensor[],
  late: readonly Tensor[],
): { kept: Record<string, Tensor>; outputs: Tensor[] } {
  const second = new Set<Node>(late.map((t) => t.node));
  const kept: Record<string, Tensor> = {};
  const replaced = new Map<Tensor, Tensor>();
  const keep = (t: Tensor): Tensor => {
    const name = `kept:${Object.keys(kept).length}`;
    kept[name] = t;
    const made = input(name, t.shape, t.dtype);
    replaced.set(t, made);
    return made;
  };
  for (const node of reachable(outputs)) {
    if (node.inputs.length === 0 || !node.inputs.some((t) => second.has(t.node))) continue;
    second.add(node);
    const inputs = node.inputs.map((t) => {
      if (second.has(t.node)) return replaced.get(t) ?? t;
      return SOURCES.includes(t.node.op.name) ? t : (replaced.get(t) ?? keep(t));
    });
    for (const [i, t] of apply(node.op, inputs, node.attrs).entries()) replaced.set(node.outputs[i], t);
  }
  return { kept, outputs: outputs.map((t) => (second.has(t.node) ? (replaced.get(t) ?? t) : t)) };
}

// The walk that all passes over graphs share: nodes in their order, each made anew
// where something before it was replaced.
import { apply, type Node, reachable, type Tensor } from '../tensor.ts';

export interface Rewriting {
  /** What has replaced a tensor so far; the tensor itself, if nothing has. */
  now(t: Tensor): Tensor;
  /** Replaces `t` by `by` from here on. */
  replace(t: Tensor, by: Tensor): void;
}

/**
 * Tensors that stand for the node's first outputs, given its inputs as they are now;
 * undefined: the node stays as it is.
 */
type Replacement = (
  node: Node,
  inputs: readonly Tensor[],
  rewriting: Rewriting,
) => readonly Tensor[] | undefined;

/** The same outputs, of nodes as `step` has them. Nodes that were replaced on the way are passed over. */
export function rewrite(outputs: readonly Tensor[], step: Replacement): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  const rewriting: Rewriting = {
    now: (t) => replaced.get(t) ?? t,
    replace: (t, by) => void replaced.set(t, by),
  };
  for (const node of reachable(outputs)) {
    if (node.outputs.some((t) => replaced.has(t))) continue;
    const inputs = node.inputs.map(rewriting.now);
    const made = step(node, inputs, rewriting) ?? remade(node, inputs);
    made.forEach((t, i) => {
      if (t !== node.outputs[i]) replaced.set(node.outputs[i], t);
    });
  }
  return outputs.map(rewriting.now);
}

/** The outputs of the node with these inputs: its own, if they are its own. */
export const remade = (
  { op, inputs: before, outputs, attrs }: Node,
  inputs: readonly Tensor[],
): readonly Tensor[] => (inputs.every((t, i) => t === before[i]) ? outputs : apply(op, inputs, attrs));

/** How often each tensor is read, by nodes and as an output. */
export function usesOf(outputs: readonly Tensor[]): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  for (const t of [...outputs, ...reachable(outputs).flatMap((node) => node.inputs)])
    uses.set(t, (uses.get(t) ?? 0) + 1);
  return uses;
}

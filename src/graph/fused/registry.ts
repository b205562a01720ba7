// What is done in one operation where a backend has a kernel for it, by the operation that it begins with.
import { apply, type Node, reachable, sameShape, type Tensor } from '../tensor.ts';
import { isFused } from './fused-op.ts';
import { fuseRmsNorm } from './rms-norm.ts';
import { fuseAttention } from './self-attention.ts';
import { fuseSwiglu } from './swiglu.ts';

/** Tensors that stand for the node's first outputs, given its inputs as they are now; undefined where it does not apply. */
type Fuse = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined;

const fuses: Record<string, Fuse> = {
  attention: fuseAttention,
  rmsNorm: fuseRmsNorm,
  swiglu: fuseSwiglu,
  // What is only given another shape, and back.
  reshape: ({ outputs: [{ shape }] }, [x]) => {
    const from = x.node.op.name === 'reshape' ? x.node.inputs[0] : x;
    return sameShape(from.shape, shape) ? [from] : undefined;
  },
};

/** The same tensors of a forward pass, from operations that `has` says there are kernels for. To be differentiated once. */
export function fuseOperations(outputs: readonly Tensor[], has: (node: Node) => boolean): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  const now = (t: Tensor) => replaced.get(t) ?? t;
  for (const node of reachable(outputs)) {
    const inputs = node.inputs.map(now);
    const fused = fuses[node.op.name]?.(node, inputs);
    const usable = fused?.map(maker).every((one) => !isFused(one.op) || has(one));
    const changed = inputs.some((t, i) => t !== node.inputs[i]);
    const made = usable ? fused! : changed ? apply(node.op, inputs, node.attrs) : [];
    made.forEach((t, i) => replaced.set(node.outputs[i], t));
  }
  return outputs.map(now);
}

/** The node that makes a tensor, but for its shape. */
const maker = ({ node }: Tensor): Node => (node.op.name === 'reshape' ? node.inputs[0].node : node);

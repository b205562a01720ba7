// Which operations are done in one where a backend has a kernel for it, by the name of the first of them.
import { type Node, sameShape, type Tensor } from '../../tensor.ts';
import { rewrite } from '../rewrite.ts';
import { isFused } from './fused-op.ts';
import { fuseRmsNorm } from './rms-norm.ts';
import { fuseAttention } from './self-attention.ts';
import { fuseSwiglu } from './swiglu.ts';

/**
 * Tensors that stand for the node's first outputs, given its inputs as they are now;
 * undefined where it does not apply.
 */
type Fuse = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined;

const fuses: Record<string, Fuse> = {
  attention: fuseAttention,
  rmsNorm: fuseRmsNorm,
  swiglu: fuseSwiglu,
  // A tensor that is only given another shape and then its old one again.
  reshape: ({ outputs: [{ shape }] }, [x]) => {
    const from = x.node.op.name === 'reshape' ? x.node.inputs[0] : x;
    return sameShape(from.shape, shape) ? [from] : undefined;
  },
};

/**
 * The same tensors of a forward pass, from operations that `has` says there are kernels for.
 * To be differentiated once.
 */
export const fuseOperations = (outputs: readonly Tensor[], has: (node: Node) => boolean): Tensor[] =>
  rewrite(outputs, (node, inputs) => {
    const fused = fuses[node.op.name]?.(node, inputs);
    return fused?.map(maker).every((one) => !isFused(one.op) || has(one)) ? fused : undefined;
  });

/** The node that makes a tensor, but for its shape. */
const maker = ({ node }: Tensor): Node => (node.op.name === 'reshape' ? node.inputs[0].node : node);

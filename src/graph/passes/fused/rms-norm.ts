// The gradient of RMSNorm in one pass, with the gradient of the residual stream that it is added to.
import { pullback } from '../../grad.ts';
import { add } from '../../ops/elementwise.ts';
import { rmsNorm } from '../../ops/norm.ts';
import { apply, type Node, reachable, sameShape, type Tensor } from '../../tensor.ts';
import { rewrite } from '../rewrite.ts';
import { fusedOp } from './fused-op.ts';

interface NormAttrs {
  eps: number;
}

/**
 * Inputs: x, w, 1 / rms of the rows, the gradient of y, and optionally what is added to that of x;
 * outputs: those of x and w.
 */
const rmsNormGradOp = fusedOp<NormAttrs>({
  name: 'rmsNormGrad',
  infer: ([x, w]) => [{ shape: x.shape }, { shape: w.shape }],
  meaning([x, w, , g, plus], { eps }) {
    const [dx, dw] = pullback([rmsNorm(x, w, eps)], [g], [x, w]);
    return [plus ? add(dx, plus) : dx, dw];
  },
});

const rmsNormOnceOp = fusedOp<NormAttrs>({
  name: 'rmsNormOnce',
  infer: ([x]) => [{ shape: x.shape }, { shape: [x.shape[0], 1] }],
  meaning: ([x, w], { eps }) => rmsNorm(x, w, eps).node.outputs,
  grad: ({ inputs: [x, w], outputs: [, r] }, [g], attrs) => [...apply(rmsNormGradOp, [x, w, r, g!], attrs)],
});

/** For a node of `rmsNorm`. */
export const fuseRmsNorm = ({ attrs }: Node, [x, w]: readonly Tensor[]): readonly Tensor[] =>
  apply(rmsNormOnceOp, [x, w], attrs as NormAttrs);

/**
 * The same tensors. Where a gradient of RMSNorm is added to something, the operation
 * that makes the gradient does the addition.
 */
export function fuseResiduals(outputs: readonly Tensor[]): Tensor[] {
  const users = new Map<Tensor, Node[]>();
  for (const node of reachable(outputs))
    for (const t of node.inputs) users.set(t, [...(users.get(t) ?? []), node]);
  return rewrite(outputs, (node, inputs, { now, replace }) => {
    const sum = node.op === rmsNormGradOp && !outputs.includes(node.outputs[0]) ? sumOf(node) : undefined;
    if (!sum) return undefined;
    const made = apply(node.op, [...inputs, now(sum.plus)], node.attrs);
    replace(sum.total, made[0]);
    return made;
  });

  /** The only use of the gradient of x, when that is a sum with something known by then. */
  function sumOf({ id, inputs, outputs: [dx] }: Node): { plus: Tensor; total: Tensor } | undefined {
    const [user, ...others] = users.get(dx) ?? [];
    if (others.length > 0 || user?.op.name !== 'add' || inputs.length > 4) return undefined;
    const [plus] = user.inputs.filter((t) => t !== dx);
    if (!plus || plus.node.id > id || !sameShape(plus.shape, dx.shape)) return undefined;
    return { plus, total: user.outputs[0] };
  }
}

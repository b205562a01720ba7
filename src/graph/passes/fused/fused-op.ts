// Operations that do the work of several in one pass. Their meaning is a graph of other operations.
// Only backends with a kernel for them (onnx/encode.ts) can run them.
import { input } from '../../ops/source.ts';
import { evaluate } from '../../reference.ts';
import type { Op, Tensor } from '../../tensor.ts';

interface Fused<A> extends Pick<Op<A>, 'name' | 'infer'> {
  /** The same outputs, made of other operations. */
  meaning(inputs: readonly Tensor[], attrs: A): readonly Tensor[];
  /** Left out where it is a gradient itself: such graphs are not differentiated twice. */
  grad?: Op<A>['grad'];
}

const all = new Set<Op>();
export const isFused = (op: Op): boolean => all.has(op);

export function fusedOp<A>({ name, infer, meaning, grad }: Fused<A>): Op<A> {
  const op: Op<A> = {
    name,
    infer,
    onnx() {
      throw new Error(`${name} is written for backends that have a kernel for it`);
    },
    grad:
      grad ??
      (() => {
        throw new Error(`${name} is not differentiated`);
      }),
    evaluate(inputs, attrs) {
      const stand = inputs.map(({ shape }, i) => input(`${i}`, shape));
      const values = Object.fromEntries(inputs.map(({ data }, i) => [`${i}`, data]));
      return evaluate(meaning(stand, attrs), values).map(({ data }) => data);
    },
  };
  all.add(op as Op);
  return op;
}

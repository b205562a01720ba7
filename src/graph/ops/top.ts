// Which entries of a row are among its k largest: the selection of a mixture of experts.
import { apply, type Op, type Tensor } from '../tensor.ts';

/**
 * Larger entries are counted, not sorted: rows are short, and every backend has comparisons.
 * A NaN counts as larger than no other entry.
 */
const topMaskOp: Op<{ k: number }> = {
  name: 'topMask',
  infer: ([x], { k }, fail) => {
    if (x.shape.length !== 2) fail('expects [N, E]');
    if (!(k >= 1 && k <= x.shape[1])) fail(`no ${k} of ${x.shape[1]}`);
    return [{ shape: x.shape }];
  },
  onnx(emit, [x], out, node, { k }) {
    const [n, e] = node.inputs[0].shape;
    const [rivals, own, larger, ahead, equal, tied, first, before, rank, top] = Array.from(
      { length: 10 },
      () => emit.temp(),
    );
    // 1 is float32 in ONNX.
    const float = { to: { int: 1 } };
    emit.node('Reshape', [x, emit.ints([n, 1, e])], [rivals]);
    emit.node('Reshape', [x, emit.ints([n, e, 1])], [own]);
    emit.node('Greater', [rivals, own], [larger]);
    emit.node('Cast', [larger], [ahead], float);
    emit.node('Equal', [rivals, own], [equal]);
    emit.node('Cast', [equal], [tied], float);
    // Of equal entries the earlier one comes first.
    const earlier = Float32Array.from({ length: e * e }, (_, i) => (i % e < Math.floor(i / e) ? 1 : 0));
    emit.node('Mul', [tied, emit.floats([e, e], earlier)], [first]);
    emit.node('Add', [ahead, first], [before]);
    emit.node('ReduceSum', [before, emit.ints([2])], [rank], { keepdims: { int: 0 } });
    emit.node('Less', [rank, emit.floats([], [k])], [top]);
    emit.node('Cast', [top], out, float);
  },
  // Constant almost everywhere.
  grad: () => [undefined],
  evaluate([x], { k }) {
    const e = x.shape[1];
    return [
      x.data.map((value, i) => {
        const row = x.data.subarray(i - (i % e), i - (i % e) + e);
        const before = row.reduce((n, v, j) => n + +(v > value || (v === value && j < i % e)), 0);
        return +(before < k);
      }),
    ];
  },
};

/**
 * 1 at the k largest entries of each row of x [N, E], 0 elsewhere; of equal ones
 * the earlier counts as larger.
 */
export const topMask = (x: Tensor, k: number): Tensor => apply(topMaskOp, [x], { k })[0];

// Rearrangements: reshape, transpose, split and concat. No arithmetic; each is the adjoint of another.
import { apply, type Op, type Shape, sameShape, sizeOf, type Tensor } from '../tensor.ts';
import { fill } from './source.ts';

const reshapeOp: Op<{ shape: Shape }> = {
  name: 'reshape',
  infer: ([x], { shape }, fail) =>
    sizeOf(x.shape) === sizeOf(shape) ? [{ shape }] : fail(`cannot become [${shape.join(', ')}]`),
  onnx: (emit, [x], out, _, { shape }) => emit.node('Reshape', [x, emit.ints(shape)], out),
  grad: (node, [g]) => [reshape(g!, node.inputs[0].shape)],
  evaluate: ([x]) => [x.data],
};

const transposeOp: Op<{ perm: readonly number[] }> = {
  name: 'transpose',
  infer: ([x], { perm }, fail) => {
    if (
      !sameShape(
        [...perm].sort((a, b) => a - b),
        x.shape.map((_, i) => i),
      )
    )
      fail(`bad order [${perm.join(', ')}]`);
    return [{ shape: perm.map((p) => x.shape[p]) }];
  },
  onnx: (emit, [x], out, _, { perm }) => emit.node('Transpose', [x], out, { perm: { ints: perm } }),
  grad: (_, [g], { perm }) => [
    transpose(
      g!,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  evaluate([x], { perm }, [out]) {
    const strides = x.shape.map((_, i) => sizeOf(x.shape.slice(i + 1)));
    const y = new Float64Array(x.data.length);
    for (let i = 0; i < y.length; i++) {
      let rest = i;
      let from = 0;
      for (let axis = perm.length - 1; axis >= 0; axis--) {
        from += (rest % out.shape[axis]) * strides[perm[axis]];
        rest = Math.floor(rest / out.shape[axis]);
      }
      y[i] = x.data[from];
    }
    return [y];
  },
};

/** Copies `piece` (its axis is `size` long) into or out of `whole` at `start` along `axis`. */
function copyAxis(
  whole: { shape: Shape; data: Float64Array },
  piece: Float64Array,
  axis: number,
  start: number,
  size: number,
  into: boolean,
) {
  const inner = sizeOf(whole.shape.slice(axis + 1));
  const outer = sizeOf(whole.shape.slice(0, axis));
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < size * inner; i++) {
      const at = (o * whole.shape[axis] + start) * inner + i;
      if (into) whole.data[at] = piece[o * size * inner + i];
      else piece[o * size * inner + i] = whole.data[at];
    }
}

const splitOp: Op<{ axis: number; sizes: readonly number[] }> = {
  name: 'split',
  infer: ([x], { axis, sizes }, fail) => {
    if (sizes.reduce((a, b) => a + b, 0) !== x.shape[axis])
      fail(`axis ${axis} is not ${sizes.join(' + ')} long`);
    return sizes.map((n) => ({ shape: x.shape.map((m, i) => (i === axis ? n : m)) }));
  },
  onnx: (emit, [x], out, _, { axis, sizes }) =>
    emit.node('Split', [x, emit.ints(sizes)], out, { axis: { int: axis } }),
  grad: (node, grads, { axis }) => [
    concat(
      node.outputs.map((t, i) => grads[i] ?? fill(t.shape, 0)),
      axis,
    ),
  ],
  evaluate([x], { axis, sizes }, outs) {
    let start = 0;
    return outs.map((out, i) => {
      const piece = new Float64Array(sizeOf(out.shape));
      copyAxis(x, piece, axis, start, sizes[i], false);
      start += sizes[i];
      return piece;
    });
  },
};

const concatOp: Op<{ axis: number }> = {
  name: 'concat',
  infer: (inputs, { axis }, fail) => {
    const [first] = inputs;
    if (
      inputs.some(
        (t) =>
          t.shape.length !== first.shape.length || t.shape.some((n, i) => i !== axis && n !== first.shape[i]),
      )
    )
      fail(`shapes differ outside axis ${axis}`);
    return [
      { shape: first.shape.map((n, i) => (i === axis ? inputs.reduce((a, t) => a + t.shape[axis], 0) : n)) },
    ];
  },
  onnx: (emit, inputs, out, _, { axis }) => emit.node('Concat', inputs, out, { axis: { int: axis } }),
  grad: (node, [g], { axis }) => [
    ...split(
      g!,
      axis,
      node.inputs.map((t) => t.shape[axis]),
    ),
  ],
  evaluate(inputs, { axis }, [out]) {
    const whole = { shape: out.shape, data: new Float64Array(sizeOf(out.shape)) };
    let start = 0;
    for (const x of inputs) {
      copyAxis(whole, x.data, axis, start, x.shape[axis], true);
      start += x.shape[axis];
    }
    return [whole.data];
  },
};

/** Same elements in the same order under another shape. */
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(reshapeOp, [x], { shape })[0];
/** Axis `i` of the result is axis `perm[i]` of `x`. */
export const transpose = (x: Tensor, perm: readonly number[]): Tensor => apply(transposeOp, [x], { perm })[0];
/** Consecutive pieces of `sizes` along `axis`. */
export const split = (x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] =>
  apply(splitOp, [x], { axis, sizes });
/** Pieces side by side along `axis`. */
export const concat = (xs: readonly Tensor[], axis: number): Tensor => apply(concatOp, xs, { axis })[0];

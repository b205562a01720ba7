// Sums over axes, and their adjoint, expansion.
import { broadcast, broadcastIndex } from '../broadcast.ts';
import { apply, type Op, type Shape, sameShape, sizeOf, type Tensor } from '../tensor.ts';
import { reshape } from './shape.ts';

const sumOp: Op<{ axes: readonly number[] }> = {
  name: 'sum',
  infer: ([x], { axes }, fail) => {
    if (axes.some((a) => a < 0 || a >= x.shape.length)) fail(`no axis among [${axes.join(', ')}]`);
    return [{ shape: x.shape.map((n, i) => (axes.includes(i) ? 1 : n)) }];
  },
  onnx: (emit, [x], out, _, { axes }) =>
    // Without `noop_with_empty_axes`, no axes would mean all of them.
    emit.node('ReduceSum', [x, emit.ints(axes)], out, {
      keepdims: { int: 1 },
      noop_with_empty_axes: { int: 1 },
    }),
  grad: (node, [g]) => [expand(g!, node.inputs[0].shape)],
  evaluate([x], _, [out]) {
    const y = new Float64Array(sizeOf(out.shape));
    for (let i = 0; i < x.data.length; i++) y[broadcastIndex(i, x.shape, out.shape)] += x.data[i];
    return [y];
  },
};

const expandOp: Op<{ shape: Shape }> = {
  name: 'expand',
  infer: ([x], { shape }, fail) =>
    sameShape(broadcast(x.shape, shape) ?? [], shape)
      ? [{ shape }]
      : fail(`does not expand to [${shape.join(', ')}]`),
  onnx: (emit, [x], out, _, { shape }) => emit.node('Expand', [x, emit.ints(shape)], out),
  grad: (node, [g]) => [sumTo(g!, node.inputs[0].shape)],
  evaluate([x], { shape }) {
    const y = new Float64Array(sizeOf(shape));
    for (let i = 0; i < y.length; i++) y[i] = x.data[broadcastIndex(i, shape, x.shape)];
    return [y];
  },
};

/** Sum over `axes`, which stay as size 1. */
export const sum = (x: Tensor, axes: readonly number[]): Tensor => apply(sumOp, [x], { axes })[0];
/** Sum of all elements, a scalar. */
export const sumAll = (x: Tensor): Tensor =>
  reshape(
    sum(
      x,
      x.shape.map((_, i) => i),
    ),
    [],
  );
/** x stretched to `shape` by broadcasting. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(expandOp, [x], { shape })[0];

/** Adjoint of broadcasting: `x` summed down to `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((n, i) => (i < extra || (shape[i - extra] === 1 && n !== 1) ? [i] : []));
  return reshape(axes.length > 0 ? sum(x, axes) : x, shape);
}

// Element by element: arithmetic with NumPy broadcasting, and functions of one value.
import { broadcast, broadcastIndex } from '../broadcast.ts';
import { apply, type Op, sameShape, sizeOf, type Tensor, type Values } from '../tensor.ts';
import { sumTo } from './reduce.ts';
import { fill, fillValue } from './source.ts';

function binary(
  name: string,
  onnx: string,
  f: (a: number, b: number) => number,
  grad: (g: Tensor, a: Tensor, b: Tensor) => [Tensor, Tensor],
): Op<null> {
  return {
    name,
    infer: ([a, b], _, fail) => [{ shape: broadcast(a.shape, b.shape) ?? fail('shapes do not broadcast') }],
    onnx: (emit, inputs, outputs) => emit.node(onnx, inputs, outputs),
    grad(node, [g]) {
      const [a, b] = node.inputs;
      const [ga, gb] = grad(g!, a, b);
      return [sumTo(ga, a.shape), sumTo(gb, b.shape)];
    },
    evaluate([a, b], _, [out]) {
      const y = new Float64Array(sizeOf(out.shape));
      for (let i = 0; i < y.length; i++)
        y[i] = f(
          a.data[broadcastIndex(i, out.shape, a.shape)],
          b.data[broadcastIndex(i, out.shape, b.shape)],
        );
      return [y];
    },
  };
}

const addOp = binary(
  'add',
  'Add',
  (a, b) => a + b,
  (g) => [g, g],
);
const subOp = binary(
  'sub',
  'Sub',
  (a, b) => a - b,
  (g) => [g, neg(g)],
);
const mulOp = binary(
  'mul',
  'Mul',
  (a, b) => a * b,
  (g, a, b) => [mul(g, b), mul(g, a)],
);
const divOp = binary(
  'div',
  'Div',
  (a, b) => a / b,
  (g, a, b) => [div(g, b), neg(div(mul(g, a), mul(b, b)))],
);

function unary(
  name: string,
  onnx: string,
  f: (x: number) => number,
  grad: (g: Tensor, x: Tensor, y: Tensor) => Tensor,
  attrs?: Parameters<Parameters<Op['onnx']>[0]['node']>[3],
  domain?: string,
): Op<null> {
  return {
    name,
    infer: ([x]) => [{ shape: x.shape }],
    onnx: (emit, inputs, outputs) => emit.node(onnx, inputs, outputs, attrs, domain),
    grad: (node, [g]) => [grad(g!, node.inputs[0], node.outputs[0])],
    evaluate: ([x]) => [x.data.map(f)],
  };
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const expOp = unary('exp', 'Exp', Math.exp, (g, _, y) => mul(g, y));
const logOp = unary('log', 'Log', Math.log, (g, x) => div(g, x));
const sqrtOp = unary('sqrt', 'Sqrt', Math.sqrt, (g, _, y) => div(scale(g, 0.5), y));
const sigmoidOp = unary('sigmoid', 'Sigmoid', logistic, (g, _, y) => mul(g, mul(y, offset(neg(y), 1))));
/**
 * silu'(x) = s + silu(x) (1 - s) with s = sigmoid(x). ONNX Runtime's QuickGelu with alpha
 * 1 is silu in one pass.
 */
const siluOp = unary(
  'silu',
  'QuickGelu',
  (x) => x * logistic(x),
  (g, x, y) => {
    const s = sigmoid(x);
    return mul(g, add(s, sub(y, mul(y, s))));
  },
  { alpha: { float: 1 } },
  'com.microsoft',
);

const scaleOp: Op<{ factor: number }> = {
  name: 'scale',
  infer: ([x]) => [{ shape: x.shape }],
  onnx: (emit, [x], out, _, { factor }) => emit.node('Mul', [x, emit.floats([], [factor])], out),
  grad: (_, [g], { factor }) => [scale(g!, factor)],
  evaluate: ([x]: readonly Values[], { factor }) => [x.data.map((v) => v * factor)],
};

const offsetOp: Op<{ by: number }> = {
  name: 'offset',
  infer: ([x]) => [{ shape: x.shape }],
  onnx: (emit, [x], out, _, { by }) => emit.node('Add', [x, emit.floats([], [by])], out),
  grad: (_, [g]) => [g],
  evaluate: ([x], { by }) => [x.data.map((v) => v + by)],
};

export const add = (a: Tensor, b: Tensor): Tensor => apply(addOp, [a, b], null)[0];
export const sub = (a: Tensor, b: Tensor): Tensor => apply(subOp, [a, b], null)[0];
export const div = (a: Tensor, b: Tensor): Tensor => apply(divOp, [a, b], null)[0];
/** a * b; a product with a filled scalar becomes `scale`, which later folds into a matrix product. */
export function mul(a: Tensor, b: Tensor): Tensor {
  for (const [x, c] of [
    [a, b],
    [b, a],
  ]) {
    const value = fillValue(c);
    if (
      value !== undefined &&
      c.shape.length <= x.shape.length &&
      sameShape(broadcast(x.shape, c.shape) ?? [], x.shape)
    )
      return scale(x, value);
  }
  return apply(mulOp, [a, b], null)[0];
}
/** x * factor. */
export function scale(x: Tensor, factor: number): Tensor {
  if (factor === 1) return x;
  const constant = fillValue(x);
  if (constant !== undefined) return fill(x.shape, constant * factor);
  const inner = scaled(x);
  return inner ? scale(inner.of, inner.by * factor) : apply(scaleOp, [x], { factor })[0];
}
/** `{of, by}` when `x` is `of` times the constant `by`. */
export const scaled = (x: Tensor): { of: Tensor; by: number } | undefined =>
  x.node.op.name === 'scale'
    ? { of: x.node.inputs[0], by: (x.node.attrs as { factor: number }).factor }
    : undefined;
/** x + by. */
export const offset = (x: Tensor, by: number): Tensor => apply(offsetOp, [x], { by })[0];
export const neg = (x: Tensor): Tensor => scale(x, -1);
export const exp = (x: Tensor): Tensor => apply(expOp, [x], null)[0];
export const log = (x: Tensor): Tensor => apply(logOp, [x], null)[0];
export const sqrt = (x: Tensor): Tensor => apply(sqrtOp, [x], null)[0];
export const sigmoid = (x: Tensor): Tensor => apply(sigmoidOp, [x], null)[0];
/** x * sigmoid(x), the gate of SwiGLU (arXiv 2002.05202). */
export const silu = (x: Tensor): Tensor => apply(siluOp, [x], null)[0];

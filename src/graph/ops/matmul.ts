// Matrix products with optional transposition, a constant factor and a matrix to add to,
// in two dimensions or batched.
import { apply, type Op, type Shape, sameShape, sizeOf, type Tensor, type Values } from '../tensor.ts';
import { scale, scaled } from './elementwise.ts';
import { gather, oneHotDifference, scatterRows } from './lookup.ts';
import { transpose } from './shape.ts';

export interface MatmulAttrs {
  transA: boolean;
  transB: boolean;
  /**
   * The operand is stored as [rows, ...batch, columns], rows outermost: its batch
   * axes move to the front first.
   */
  outerA: boolean;
  outerB: boolean;
  alpha: number;
  /** Factor of the third input. */
  beta: number;
}

/** A shape with its batch axes in front, when its rows are outermost. */
const batched = (shape: Shape, outer: boolean): Shape =>
  outer ? [...shape.slice(1, -1), shape[0], shape[shape.length - 1]] : shape;

/** Back to rows outermost. */
const stored = (x: Tensor, outer: boolean): Tensor => {
  const rank = x.shape.length;
  return outer ? transpose(x, [rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1]) : x;
};

/** Rows and columns of the last two axes after an optional transposition. */
const oriented = (shape: Shape, trans: boolean): [number, number] => {
  const [rows, columns] = shape.slice(-2);
  return trans ? [columns, rows] : [rows, columns];
};

const matmulOp: Op<MatmulAttrs> = {
  name: 'matmul',
  infer([a, b, c], { transA, transB, outerA, outerB }, fail) {
    const rank = a.shape.length;
    if (rank < 2 || b.shape.length !== rank) fail('both need the same rank, at least 2');
    if ((outerA || outerB) && rank < 3) fail('rows can only be outermost where there is a batch');
    const [left, right] = [batched(a.shape, outerA), batched(b.shape, outerB)];
    const batch = left.slice(0, -2);
    if (!sameShape(batch, right.slice(0, -2))) fail('batch dimensions differ');
    const [m, k] = oriented(left, transA);
    const [k2, n] = oriented(right, transB);
    if (k !== k2) fail(`inner sizes ${k} and ${k2} differ`);
    if (c && !sameShape(c.shape, [m, n])) fail(`only a [${m}, ${n}] matrix can be added`);
    return [{ shape: [...batch, m, n] }];
  },
  onnx(emit, inputs, out, node, { transA, transB, outerA, outerB, alpha, beta }) {
    const flags = { transA: { int: +transA }, transB: { int: +transB }, alpha: { float: alpha } };
    if (node.inputs[0].shape.length === 2)
      emit.node('Gemm', inputs, out, inputs.length > 2 ? { ...flags, beta: { float: beta } } : flags);
    else
      emit.node(
        'FusedMatMul',
        inputs,
        out,
        { ...flags, transBatchA: { int: +outerA }, transBatchB: { int: +outerB } },
        'com.microsoft',
      );
  },
  grad(node, [g], { transA, transB, outerA, outerB, alpha, beta }) {
    const [a, b, c] = node.inputs;
    const da = transA
      ? matmul(b, g!, { transA: transB, transB: true, outerA: outerB, alpha })
      : matmul(g!, b, { transB: !transB, outerB, alpha });
    const db = transB
      ? matmul(g!, a, { transA: true, transB: transA, outerB: outerA, alpha })
      : matmul(a, g!, { transA: !transA, outerA, alpha });
    return [stored(da, outerA), stored(db, outerB), ...(c ? [scale(g!, beta)] : [])];
  },
  evaluate([a, b, c], { transA, transB, outerA, outerB, alpha, beta }, [out]) {
    const [left, right] = [reader(a, outerA), reader(b, outerB)];
    const [m, k] = oriented(batched(a.shape, outerA), transA);
    const n = oriented(batched(b.shape, outerB), transB)[1];
    const y = new Float64Array(sizeOf(out.shape));
    for (let s = 0; s < y.length / (m * n); s++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++)
            sum += left(s, transA ? l : i, transA ? i : l) * right(s, transB ? j : l, transB ? l : j);
          const at = (s * m + i) * n + j;
          y[at] = alpha * sum + (c ? beta * c.data[at] : 0);
        }
    return [y];
  },
};

/** Element (row, column) of matrix `s` of a batch. */
function reader({ shape, data }: Values, outer: boolean) {
  const [rows, columns] = batched(shape, outer).slice(-2);
  const batch = data.length / (rows * columns);
  return (s: number, i: number, j: number) => data[(outer ? i * batch + s : s * rows + i) * columns + j];
}

/** Attributes, and the matrix to add. */
export type MatmulOptions = Partial<MatmulAttrs> & { plus?: Tensor };

/**
 * alpha * A B [+ beta * plus] over the last two axes ([..., M, K] x [..., K, N]), either transposed first;
 * `plus` [M, N] only without batch axes. Constant factors fold in.
 */
export function matmul(a: Tensor, b: Tensor, { plus, ...options }: MatmulOptions = {}): Tensor {
  let { transA = false, transB = false, outerA = false, outerB = false, alpha = 1, beta = 1 } = options;
  const [left, right, added] = [scaled(a), scaled(b), plus && scaled(plus)];
  if (left) [a, alpha] = [left.of, alpha * left.by];
  if (right) [b, alpha] = [right.of, alpha * right.by];
  if (added) [plus, beta] = [added.of, beta * added.by];
  // (p - onehot) B = p B - B[targets] and its transpose: two row operations in place
  // of a pass over the logits.
  const difference = oneHotDifference(a);
  if (difference && !transB && !plus) {
    const { p, targets } = difference;
    return transA
      ? scatterRows(scale(b, -alpha), targets, p.shape[1], matmul(p, b, { transA, alpha }))
      : matmul(p, b, { alpha, plus: gather(b, targets), beta: -alpha });
  }
  const attrs = { transA, transB, outerA, outerB, alpha, beta };
  return apply(matmulOp, plus ? [a, b, plus] : [a, b], attrs)[0];
}

/** `[{a, b, alpha}]` when `x` is the sum of alpha a b' over them, a [M, K] and b [N, K]; else undefined. */
export function productsWithin(x: Tensor): { a: Tensor; b: Tensor; alpha: number }[] | undefined {
  const { op, inputs, attrs } = x.node;
  const factor = scaled(x);
  if (factor) return productsWithin(factor.of)?.map((part) => ({ ...part, alpha: part.alpha * factor.by }));
  if (op.name === 'add' && inputs.every(({ shape }) => sameShape(shape, x.shape))) {
    const [left, right] = inputs.map(productsWithin);
    return left && right && [...left, ...right];
  }
  if (op.name !== 'matmul' || x.shape.length !== 2) return undefined;
  const { transA, transB, alpha, beta } = attrs as MatmulAttrs;
  if (transA || !transB) return undefined;
  const [a, b, plus] = inputs;
  const rest = plus ? productsWithin(plus) : [];
  return rest && [{ a, b, alpha }, ...rest.map((part) => ({ ...part, alpha: beta * part.alpha }))];
}

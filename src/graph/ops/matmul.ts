// Matrix products with optional transposition and a constant factor, in two dimensions or batched.
import { apply, type Op, sameShape, sizeOf, type Tensor } from '../tensor.ts';
import { scale, scaled, sub } from './elementwise.ts';
import { gather, oneHotDifference, scatterRows } from './lookup.ts';

interface MatmulAttrs {
  transA: boolean;
  transB: boolean;
  alpha: number;
}

const matmulOp: Op<MatmulAttrs> = {
  name: 'matmul',
  infer([a, b], { transA, transB }, fail) {
    const rank = a.shape.length;
    if (rank < 2 || b.shape.length !== rank) fail('both need the same rank, at least 2');
    const batch = a.shape.slice(0, -2);
    if (!sameShape(batch, b.shape.slice(0, -2))) fail('batch dimensions differ');
    const [m, k] = oriented(a, transA);
    const [k2, n] = oriented(b, transB);
    if (k !== k2) fail(`inner sizes ${k} and ${k2} differ`);
    return [{ shape: [...batch, m, n] }];
  },
  onnx(emit, inputs, out, node, { transA, transB, alpha }) {
    const flags = { transA: { int: +transA }, transB: { int: +transB }, alpha: { float: alpha } };
    if (node.inputs[0].shape.length === 2) emit.node('Gemm', inputs, out, flags);
    else emit.node('FusedMatMul', inputs, out, flags, 'com.microsoft');
  },
  grad(node, [g], { transA, transB, alpha }) {
    const [a, b] = node.inputs;
    return [
      transA
        ? matmul(b, g!, { transA: transB, transB: true, alpha })
        : matmul(g!, b, { transB: !transB, alpha }),
      transB
        ? matmul(g!, a, { transA: true, transB: transA, alpha })
        : matmul(a, g!, { transA: !transA, alpha }),
    ];
  },
  evaluate([a, b], { transA, transB, alpha }, [out]) {
    const [m, k] = oriented(a, transA);
    const n = oriented(b, transB)[1];
    const y = new Float64Array(sizeOf(out.shape));
    for (let s = 0; s < y.length / (m * n); s++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++)
            sum +=
              a.data[s * m * k + (transA ? l * m + i : i * k + l)] *
              b.data[s * k * n + (transB ? j * k + l : l * n + j)];
          y[(s * m + i) * n + j] = alpha * sum;
        }
    return [y];
  },
};

/** Rows and columns of the last two axes after an optional transposition. */
const oriented = ({ shape }: { shape: readonly number[] }, trans: boolean): [number, number] => {
  const [rows, columns] = shape.slice(-2);
  return trans ? [columns, rows] : [rows, columns];
};

/** alpha * A B over the last two axes ([..., M, K] x [..., K, N]), either transposed first. Constant factors fold in. */
export function matmul(a: Tensor, b: Tensor, options: Partial<MatmulAttrs> = {}): Tensor {
  let { transA = false, transB = false, alpha = 1 } = options;
  const left = scaled(a);
  const right = scaled(b);
  if (left) [a, alpha] = [left.of, alpha * left.by];
  if (right) [b, alpha] = [right.of, alpha * right.by];
  // (p - onehot) B = p B - B[targets] and its transpose: two row operations in place of a pass over the logits.
  const difference = oneHotDifference(a);
  if (difference && !transB) {
    const { p, targets } = difference;
    const product = matmul(p, b, { transA, alpha });
    return transA
      ? scatterRows(scale(b, -alpha), targets, p.shape[1], product)
      : sub(product, scale(gather(b, targets), alpha));
  }
  return apply(matmulOp, [a, b], { transA, transB, alpha })[0];
}

// Softmax attention, unfused on purpose: probabilities are kept for the backward pass and for differentiating twice.
import { apply, type Op, sizeOf, type Tensor } from '../tensor.ts';
import { add, mul, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';

const softmaxRows = (data: Float64Array, n: number): Float64Array => {
  const y = new Float64Array(data.length);
  for (let row = 0; row < data.length; row += n) {
    let max = Number.NEGATIVE_INFINITY;
    for (let i = row; i < row + n; i++) max = Math.max(max, data[i]);
    let total = 0;
    for (let i = row; i < row + n; i++) total += y[i] = Math.exp(data[i] - max);
    for (let i = row; i < row + n; i++) y[i] /= total;
  }
  return y;
};

/** Gradient of the logits given probabilities p and their gradient: p (dp - sum(dp p)). */
export const softmaxGrad = (p: Tensor, dp: Tensor, rowDot?: Tensor): Tensor =>
  mul(p, sub(dp, rowDot ?? sum(mul(dp, p), [p.shape.length - 1])));

const softmaxOp: Op<null> = {
  name: 'softmax',
  infer: ([x]) => [{ shape: x.shape }],
  onnx: (emit, inputs, outputs) => emit.node('Softmax', inputs, outputs, { axis: { int: -1 } }),
  grad: (node, [g]) => [softmaxGrad(node.outputs[0], g!)],
  evaluate: ([x]) => [softmaxRows(x.data, x.shape[x.shape.length - 1])],
};

interface AttentionAttrs {
  scale: number;
  causal: boolean;
}

/** Finite, so that a masked score minus a row maximum never becomes NaN. */
const MASKED = -1e9;

const attentionOp: Op<AttentionAttrs> = {
  name: 'attention',
  infer([q, k, v], _, fail) {
    const dims = q.shape.slice(0, -2).join();
    if (q.shape.length < 3 || k.shape.slice(0, -2).join() !== dims || v.shape.slice(0, -2).join() !== dims)
      fail('q, k, v need the same leading dimensions');
    const [t, d] = q.shape.slice(-2);
    const [s, d2] = k.shape.slice(-2);
    if (d !== d2 || v.shape.at(-2) !== s) fail('widths of q and k, or lengths of k and v, differ');
    return [
      { shape: [...q.shape.slice(0, -1), v.shape.at(-1)!] },
      { shape: [...q.shape.slice(0, -2), t, s] },
    ];
  },
  onnx(emit, [q, k, v], [out, p], node, { scale, causal }) {
    const [t, s] = node.outputs[1].shape.slice(-2);
    let scores = emit.temp();
    emit.node(
      'FusedMatMul',
      [q, k],
      [scores],
      { transB: { int: 1 }, alpha: { float: scale } },
      'com.microsoft',
    );
    if (causal) {
      const mask = Float32Array.from({ length: t * s }, (_, i) => (i % s > Math.floor(i / s) ? MASKED : 0));
      const masked = emit.temp();
      emit.node('Add', [scores, emit.floats([t, s], mask)], [masked]);
      scores = masked;
    }
    emit.node('Softmax', [scores], [p], { axis: { int: -1 } });
    emit.node('MatMul', [p, v], [out]);
  },
  grad(node, [go, gp], { scale }) {
    const [q, k, v] = node.inputs;
    const [o, p] = node.outputs;
    let dp = go && matmul(go, v, { transB: true });
    // sum_j p_ij dp_ij = o_i . do_i: head-width sums instead of sequence-length ones (arXiv 2205.14135, section 3.1).
    const rowDot = go && !gp ? sum(mul(go, o), [o.shape.length - 1]) : undefined;
    if (gp) dp = dp ? add(dp, gp) : gp;
    const ds = softmaxGrad(p, dp!, rowDot);
    return [
      matmul(ds, k, { alpha: scale }),
      matmul(ds, q, { transA: true, alpha: scale }),
      go && matmul(p, go, { transA: true }),
    ];
  },
  evaluate([q, k, v], { scale, causal }, [out, probs]) {
    const [t, s] = probs.shape.slice(-2);
    const d = q.shape.at(-1)!;
    const w = v.shape.at(-1)!;
    const scores = new Float64Array(sizeOf(probs.shape));
    for (let i = 0; i < scores.length; i++) {
      const [batch, row, column] = [Math.floor(i / (t * s)), Math.floor(i / s) % t, i % s];
      let dot = 0;
      for (let c = 0; c < d; c++)
        dot += q.data[(batch * t + row) * d + c] * k.data[(batch * s + column) * d + c];
      scores[i] = causal && column > row ? MASKED : dot * scale;
    }
    const p = softmaxRows(scores, s);
    const y = new Float64Array(sizeOf(out.shape));
    for (let i = 0; i < y.length; i++) {
      const [batch, row, c] = [Math.floor(i / (t * w)), Math.floor(i / w) % t, i % w];
      for (let j = 0; j < s; j++) y[i] += p[(batch * t + row) * s + j] * v.data[(batch * s + j) * w + c];
    }
    return [y, p];
  },
};

/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], null)[0];

/** softmax(scale q kT [+ causal mask]) v for q [..., T, d], k [..., S, d], v [..., S, w]; returns [..., T, w]. */
export const attention = (q: Tensor, k: Tensor, v: Tensor, attrs: AttentionAttrs): Tensor =>
  apply(attentionOp, [q, k, v], attrs)[0];

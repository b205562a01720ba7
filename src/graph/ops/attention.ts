// Softmax attention, unfused on purpose: probabilities are kept for the backward pass and for differentiating
// twice. Time is the first axis of queries, keys, values and output, which spares transposing them:
// the products read rows with a stride.
import { apply, type Op, sizeOf, type Tensor } from '../tensor.ts';
import { add, mul, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';
import { concat, split, transpose } from './shape.ts';

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
  /** No query sees a later key; the last query sees all. */
  causal: boolean;
}

/** From [N, 1, T, w] to [T, N, 1, w], and back. */
const TIME_FIRST = [2, 0, 1, 3];
const TIME_LAST = [1, 2, 0, 3];

/** Finite, so that a masked score minus a row maximum never becomes NaN. */
const MASKED = -1e9;

const attentionOp: Op<AttentionAttrs> = {
  name: 'attention',
  infer([q, k, v], { causal }, fail) {
    if ([q, k, v].some(({ shape }) => shape.length !== 4 || shape[2] !== 1)) fail('expects [T, N, 1, d]');
    const [t, lanes, , d] = q.shape;
    const [s, , , d2] = k.shape;
    if (k.shape[1] !== lanes || v.shape[1] !== lanes) fail('q, k, v need the same number of lanes');
    if (d !== d2 || v.shape[0] !== s) fail('widths of q and k, or lengths of k and v, differ');
    if (causal && t > s) fail('more queries than keys');
    return [{ shape: [t, lanes, 1, v.shape[3]] }, { shape: [lanes, 1, t, s] }];
  },
  onnx(emit, [q, k, v], [out, p], node, { scale, causal }) {
    const [t, s] = node.outputs[1].shape.slice(-2);
    let scores = emit.temp();
    emit.node(
      'FusedMatMul',
      [q, k],
      [scores],
      {
        transB: { int: 1 },
        transBatchA: { int: 1 },
        transBatchB: { int: 1 },
        alpha: { float: scale },
      },
      'com.microsoft',
    );
    if (causal) {
      const mask = Float32Array.from({ length: t * s }, (_, i) =>
        i % s > Math.floor(i / s) + s - t ? MASKED : 0,
      );
      const masked = emit.temp();
      emit.node('Add', [scores, emit.floats([t, s], mask)], [masked]);
      scores = masked;
    }
    emit.node('Softmax', [scores], [p], { axis: { int: -1 } });
    const mixed = emit.temp();
    emit.node('FusedMatMul', [p, v], [mixed], { transBatchB: { int: 1 } }, 'com.microsoft');
    emit.node('Transpose', [mixed], [out], { perm: { ints: TIME_FIRST } });
  },
  grad(node, [go, gp], { scale }) {
    const [q, k, v] = node.inputs;
    const [o, p] = node.outputs;
    let dp = go && matmul(go, v, { transB: true, outerA: true, outerB: true });
    // sum_j p_ij dp_ij = o_i . do_i: head-width sums instead of sequence-length
    // ones (arXiv 2205.14135, section 3.1).
    const rowDot = go && !gp ? transpose(sum(mul(go, o), [3]), TIME_LAST) : undefined;
    if (gp) dp = dp ? add(dp, gp) : gp;
    const ds = softmaxGrad(p, dp!, rowDot);
    // Those of keys and values come out as [N, 1, w, S]: ds and p are then not transposed,
    // and turning the result is a plain transposition of a matrix (together a third faster).
    const columns = (a: Tensor, b: Tensor, alpha = 1) =>
      transpose(matmul(a, b, { transA: true, outerA: true, alpha }), [3, 0, 1, 2]);
    return [
      transpose(matmul(ds, k, { outerB: true, alpha: scale }), TIME_FIRST),
      columns(q, ds, scale),
      go && columns(go, p),
    ];
  },
  evaluate([q, k, v], { scale, causal }, [out, probs]) {
    const [lanes, , t, s] = probs.shape;
    const d = q.shape[3];
    const w = v.shape[3];
    const scores = new Float64Array(sizeOf(probs.shape));
    for (let i = 0; i < scores.length; i++) {
      const [lane, row, column] = [Math.floor(i / (t * s)), Math.floor(i / s) % t, i % s];
      let dot = 0;
      for (let c = 0; c < d; c++)
        dot += q.data[(row * lanes + lane) * d + c] * k.data[(column * lanes + lane) * d + c];
      scores[i] = causal && column > row + s - t ? MASKED : dot * scale;
    }
    const p = softmaxRows(scores, s);
    const y = new Float64Array(sizeOf(out.shape));
    for (let i = 0; i < y.length; i++) {
      const [row, lane, c] = [Math.floor(i / (lanes * w)), Math.floor(i / w) % lanes, i % w];
      for (let j = 0; j < s; j++) y[i] += p[(lane * t + row) * s + j] * v.data[(j * lanes + lane) * w + c];
    }
    return [y, p];
  },
};

/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], null)[0];

/**
 * softmax(scale q kT [+ causal mask]) v for q [T, N, 1, d], k [S, N, 1, d], v [S, N, 1, w], N sequences
 * times heads; returns [T, N, 1, w]. The second output of the node are the probabilities [N, 1, T, S].
 */
export const attention = (q: Tensor, k: Tensor, v: Tensor, attrs: AttentionAttrs): Tensor =>
  apply(attentionOp, [q, k, v], attrs)[0];

/**
 * Queries taken at once by `causalAttention`. Fewer than four pieces save less than
 * the smaller products cost.
 */
const PIECE = 128;

/**
 * Causal attention of a sequence with itself, long sequences in pieces of queries
 * that are given only the keys up to their end: most of the masked half of the scores is never made.
 */
export function causalAttention(q: Tensor, k: Tensor, v: Tensor, scale: number): Tensor {
  const length = q.shape[0];
  const sizes = Array.from({ length: Math.ceil(length / PIECE) }, (_, i) =>
    Math.min(PIECE, length - i * PIECE),
  );
  if (sizes.length < 4) return attention(q, k, v, { scale, causal: true });
  const [queries, keys, values] = [q, k, v].map((x) => split(x, 0, sizes));
  const upTo = (pieces: readonly Tensor[], i: number) =>
    i === 0 ? pieces[0] : concat(pieces.slice(0, i + 1), 0);
  return concat(
    sizes.map((_, i) => attention(queries[i], upTo(keys, i), upTo(values, i), { scale, causal: true })),
    0,
  );
}

// Mean cross-entropy of logits against target ids. The softmax is the only pass over the logits: its gradient is
// p minus one-hot, and products with that never build it (see matmul.ts).
import { apply, type Op, type Tensor } from '../tensor.ts';
import { softmaxGrad } from './attention.ts';
import { add, mul, scale } from './elementwise.ts';
import { minusOneHot } from './lookup.ts';

/** Smallest normal float32: a probability below it counts as this (a loss of 87.3), so that the loss stays finite. */
const TINY = 1.1754943508222875e-38;

const crossEntropyOp: Op<null> = {
  name: 'crossEntropy',
  ids: 1,
  infer([logits, targets], _, fail) {
    const [n] = logits.shape;
    if (logits.shape.length !== 2 || targets.shape.length !== 1 || targets.shape[0] !== n)
      fail('expects [N, V] and [N]');
    return [{ shape: [] }, { shape: logits.shape }];
  },
  onnx(emit, [logits, targets], [loss, probs], node) {
    const [n] = node.inputs[0].shape;
    const [picked, safe, logs, mean] = Array.from({ length: 4 }, () => emit.temp());
    emit.node('Softmax', [logits], [probs], { axis: { int: -1 } });
    emit.node('GatherElements', [probs, emit.column(targets, n)], [picked], { axis: { int: 1 } });
    emit.node('Clip', [picked, emit.floats([], [TINY])], [safe]);
    emit.node('Log', [safe], [logs]);
    emit.node('ReduceMean', [logs], [mean], { keepdims: { int: 0 } });
    emit.node('Neg', [mean], [loss]);
  },
  grad(node, [gl, gp]) {
    const p = node.outputs[1];
    let dx: Tensor | undefined;
    if (gl) dx = mul(scale(minusOneHot(p, node.inputs[1]), 1 / p.shape[0]), gl);
    if (gp) dx = dx ? add(dx, softmaxGrad(p, gp)) : softmaxGrad(p, gp);
    return [dx, undefined];
  },
  evaluate([logits, targets]) {
    const [n, v] = logits.shape;
    const p = new Float64Array(logits.data.length);
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const row = logits.data.subarray(i * v, (i + 1) * v);
      const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const logSum = max + Math.log(row.reduce((a, b) => a + Math.exp(b - max), 0));
      row.forEach((x, j) => (p[i * v + j] = Math.exp(x - logSum)));
      loss += (logSum - row[targets.data[i]]) / n;
    }
    return [Float64Array.of(loss), p];
  },
};

/** Mean of -log softmax(logits)[target] over rows, in nats: a scalar. */
export const crossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  apply(crossEntropyOp, [logits, targets], null)[0];

// Mean cross-entropy of logits against target ids. The softmax is the only pass over the logits:
// its gradient is p minus one-hot, and products with that never build it (see matmul.ts).
import { apply, type Node, type Op, type Tensor } from '../tensor.ts';
import { softmaxGrad } from './attention.ts';
import { add, mul, scale } from './elementwise.ts';
import { gather, minusOneHot } from './lookup.ts';
import { matmul, productsWithin } from './matmul.ts';
import { sum } from './reduce.ts';

/**
 * Smallest normal float32: a probability below it counts as this (a loss of 87.3),
 * so that the loss stays finite.
 */
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
    if (gp) {
      const through = softmaxGrad(p, gp, rowDots(node, gp));
      dx = dx ? add(dx, through) : through;
    }
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

/**
 * Row sums of p dp where dp is a sum of products A B', as differentiating twice makes them:
 * those of A (p B), without a pass over the logits. The products p B are in the graph already, in the form
 * in which they are asked for here, so that ONNX Runtime makes them one. Undefined for any other dp.
 */
function rowDots({ inputs, outputs }: Node, dp: Tensor): Tensor | undefined {
  const [logits, targets] = inputs;
  const p = outputs[1];
  const parts = productsWithin(dp)?.map(({ a, b, alpha }) => {
    // The gradient of what the logits are made of is (p - onehot) B; all other products came without targets.
    const product = logits.node.inputs.includes(b)
      ? add(matmul(minusOneHot(p, targets), b, { alpha }), scale(gather(b, targets), alpha))
      : matmul(p, b, { alpha });
    return mul(a, product);
  });
  return parts && sum(parts.reduce(add), [1]);
}

/** Mean of -log softmax(logits)[target] over rows, in nats: a scalar. */
export const crossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
  apply(crossEntropyOp, [logits, targets], null)[0];

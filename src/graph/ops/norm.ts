// RMSNorm (arXiv 1910.07467): y = w x / sqrt(mean(x^2) + eps) over the last axis. The backward pass is written for few
// passes over matrices of x's size: sums over rows and columns are thin matrix products.
import { apply, type Op, sizeOf, type Tensor } from '../tensor.ts';
import { add, mul, scale, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';

const rmsNormOp: Op<{ eps: number }> = {
  name: 'rmsNorm',
  infer([x, w], _, fail) {
    const [rows, width] = x.shape;
    if (x.shape.length !== 2 || w.shape.length !== 2 || w.shape[0] !== 1 || w.shape[1] !== width)
      fail('expects [N, D] and [1, D]');
    // The second output is 1 / rms of each row, kept for the backward pass.
    return [{ shape: [rows, width] }, { shape: [rows, 1] }];
  },
  onnx: (emit, inputs, outputs, _, { eps }) =>
    emit.node('SimplifiedLayerNormalization', inputs, outputs, {
      axis: { int: -1 },
      epsilon: { float: eps },
      stash_type: { int: 1 },
    }),
  grad(node, [gy, gr]) {
    const [x, w] = node.inputs;
    const r = node.outputs[1];
    const width = w.shape[1];
    let dx: Tensor | undefined;
    let dw: Tensor | undefined;
    if (gy) {
      // dx = r (gy w - x r^2 mean(gy w x)), dw = sum over rows of r gy x
      const t = mul(gy, x);
      dw = matmul(r, t, { transA: true });
      const mean = matmul(t, w, { transB: true, alpha: 1 / width });
      dx = mul(sub(mul(gy, w), mul(x, mul(mean, mul(r, r)))), r);
    }
    if (gr) {
      // d r / d x = -r^3 x / D
      const through = mul(x, scale(mul(gr, mul(r, mul(r, r))), -1 / width));
      dx = dx ? add(dx, through) : through;
    }
    return [dx, dw];
  },
  evaluate([x, w], { eps }, [y, r]) {
    const [rows, width] = x.shape;
    const out = new Float64Array(sizeOf(y.shape));
    const inv = new Float64Array(sizeOf(r.shape));
    for (let i = 0; i < rows; i++) {
      let square = 0;
      for (let j = 0; j < width; j++) square += x.data[i * width + j] ** 2;
      inv[i] = 1 / Math.sqrt(square / width + eps);
      for (let j = 0; j < width; j++) out[i * width + j] = x.data[i * width + j] * inv[i] * w.data[j];
    }
    return [out, inv];
  },
};

/** RMSNorm of the rows of x [N, D] with weight w [1, D]. */
export const rmsNorm = (x: Tensor, w: Tensor, eps: number): Tensor => apply(rmsNormOp, [x, w], { eps })[0];

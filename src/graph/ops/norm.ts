// RMSNorm (arXiv 1910.07467): y = w x / sqrt(mean(x^2) + eps) over the last axis.
import { apply, type Op, sizeOf, type Tensor } from '../tensor.ts';
import { add, mul, scale, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { sumTo } from './reduce.ts';
import { reshape } from './shape.ts';

const rmsNormOp: Op<{ eps: number }> = {
  name: 'rmsNorm',
  infer([x, w], _, fail) {
    const [rows, width] = x.shape;
    if (x.shape.length !== 2 || w.shape.length !== 1 || w.shape[0] !== width) fail('expects [N, D] and [D]');
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
    const width = w.shape[0];
    let dx: Tensor | undefined;
    let dw: Tensor | undefined;
    if (gy) {
      const unit = mul(x, r);
      const t = mul(gy, unit);
      dw = sumTo(t, w.shape);
      const s = matmul(t, reshape(w, [width, 1]), { alpha: 1 / width });
      dx = mul(r, sub(mul(gy, w), mul(unit, s)));
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

/** RMSNorm of the rows of x [N, D] with weight w [D]. */
export const rmsNorm = (x: Tensor, w: Tensor, eps: number): Tensor => apply(rmsNormOp, [x, w], { eps })[0];

// RMSNorm (arXiv 1910.07467): y = w x / sqrt(mean(x^2) + eps) over the last axis,
// and LayerNorm (arXiv 1607.06450): y = w (x - mean(x)) / sqrt(var(x) + eps) + b. The backward passes
// are written for few passes over matrices of x's size: sums over rows and columns are thin matrix products.
import { apply, type Op, sizeOf, type Tensor } from '../tensor.ts';
import { add, mul, scale, sub } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { expand, sum } from './reduce.ts';

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

const layerNormOp: Op<{ eps: number }> = {
  name: 'layerNorm',
  infer([x, w, b], _, fail) {
    const [rows, width] = x.shape;
    const isRow = ({ shape }: Tensor) => shape.length === 2 && shape[0] === 1 && shape[1] === width;
    if (x.shape.length !== 2 || !isRow(w) || !isRow(b)) fail('expects [N, D], [1, D] and [1, D]');
    // The mean of each row and 1 / its standard deviation are kept for the backward pass.
    return [{ shape: [rows, width] }, { shape: [rows, 1] }, { shape: [rows, 1] }];
  },
  onnx: (emit, inputs, outputs, _, { eps }) =>
    emit.node('LayerNormalization', inputs, outputs, {
      axis: { int: -1 },
      epsilon: { float: eps },
      stash_type: { int: 1 },
    }),
  grad(node, [gy, gm, gr]) {
    const [x, w] = node.inputs;
    const [, mean, r] = node.outputs;
    const width = w.shape[1];
    const centred = sub(x, mean);
    const parts: Tensor[] = [];
    let dw: Tensor | undefined;
    if (gy) {
      // dx = r (gy w - mean(gy w) - (x - mean) r^2 mean(gy w (x - mean))), dw = sum
      // over rows of r gy (x - mean)
      const t = mul(gy, centred);
      dw = matmul(r, t, { transA: true });
      const along = matmul(t, w, { transB: true, alpha: 1 / width });
      const level = matmul(gy, w, { transB: true, alpha: 1 / width });
      parts.push(mul(sub(sub(mul(gy, w), level), mul(centred, mul(along, mul(r, r)))), r));
    }
    // d mean / d x = 1 / D, d r / d x = -r^3 (x - mean) / D
    if (gr) parts.push(mul(centred, scale(mul(gr, mul(r, mul(r, r))), -1 / width)));
    if (gm) parts.push(expand(scale(gm, 1 / width), x.shape));
    return [parts.reduce(add), dw, gy && sum(gy, [0])];
  },
  evaluate([x, w, b], { eps }, [y, m]) {
    const [rows, width] = x.shape;
    const out = new Float64Array(sizeOf(y.shape));
    const mean = new Float64Array(sizeOf(m.shape));
    const inv = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      const row = x.data.subarray(i * width, (i + 1) * width);
      mean[i] = row.reduce((a, v) => a + v, 0) / width;
      const variance = row.reduce((a, v) => a + (v - mean[i]) ** 2, 0) / width;
      inv[i] = 1 / Math.sqrt(variance + eps);
      for (let j = 0; j < width; j++)
        out[i * width + j] = (row[j] - mean[i]) * inv[i] * w.data[j] + b.data[j];
    }
    return [out, mean, inv];
  },
};

/** LayerNorm of the rows of x [N, D] with weight w and bias b, both [1, D]. */
export const layerNorm = (x: Tensor, w: Tensor, b: Tensor, eps: number): Tensor =>
  apply(layerNormOp, [x, w, b], { eps })[0];

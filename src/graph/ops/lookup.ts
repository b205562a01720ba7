// Rows of a table by index, and its adjoint, adding rows into a table; one-hot matrices,
// which are never built.
import { apply, type Op, sameShape, sizeOf, type Tensor } from '../tensor.ts';

const gatherOp: Op<null> = {
  name: 'gather',
  ids: 1,
  infer([table, ids], _, fail) {
    if (table.shape.length !== 2 || ids.shape.length !== 1) fail('expects [V, D] and [N]');
    return [{ shape: [ids.shape[0], table.shape[1]] }];
  },
  onnx: (emit, inputs, out) => emit.node('Gather', inputs, out, { axis: { int: 0 } }),
  grad: (node, [g]) => [scatterRows(g!, node.inputs[1], node.inputs[0].shape[0]), undefined],
  evaluate([table, ids], _, [out]) {
    const width = table.shape[1];
    const y = new Float64Array(sizeOf(out.shape));
    ids.data.forEach((id, row) => y.set(table.data.subarray(id * width, (id + 1) * width), row * width));
    return [y];
  },
};

/** Inputs: rows to add, their indices, and optionally the table they are added to (zeros when absent). */
const scatterRowsOp: Op<{ rows: number }> = {
  name: 'scatterRows',
  ids: 1,
  infer([x, ids, base], { rows }, fail) {
    if (x.shape.length !== 2 || ids.shape.length !== 1 || ids.shape[0] !== x.shape[0])
      fail('expects [N, D] and [N]');
    const shape = [rows, x.shape[1]];
    if (base && !sameShape(base.shape, shape)) fail(`the table must be [${shape.join(', ')}]`);
    return [{ shape }];
  },
  onnx(emit, [x, ids, base], out, node, { rows }) {
    const [n, width] = node.inputs[0].shape;
    if (!base) emit.node('ConstantOfShape', [emit.ints([rows, width])], [(base = emit.temp())]);
    emit.node('ScatterND', [base, emit.column(ids, n), x], out, { reduction: { string: 'add' } });
  },
  grad: (node, [g]) => [gather(g!, node.inputs[1]), undefined, ...(node.inputs[2] ? [g] : [])],
  evaluate([x, ids, base], _, [out]) {
    const width = x.shape[1];
    const y = base ? Float64Array.from(base.data) : new Float64Array(sizeOf(out.shape));
    ids.data.forEach((id, row) => {
      for (let j = 0; j < width; j++) y[id * width + j] += x.data[row * width + j];
    });
    return [y];
  },
};

/** Rows `ids` [N] of `table` [V, D]: [N, D]. */
export const gather = (table: Tensor, ids: Tensor): Tensor => apply(gatherOp, [table, ids], null)[0];

/** `base` (a zero table [rows, D] when absent) with row `ids[n]` increased by x[n], for all n. */
export const scatterRows = (x: Tensor, ids: Tensor, rows: number, base?: Tensor): Tensor =>
  apply(scatterRowsOp, base ? [x, ids, base] : [x, ids], { rows })[0];

const minusOneHotOp: Op<null> = {
  name: 'minusOneHot',
  ids: 1,
  infer([p, targets], _, fail) {
    if (p.shape.length !== 2 || targets.shape.length !== 1 || targets.shape[0] !== p.shape[0])
      fail('expects [N, V] and [N]');
    return [{ shape: p.shape }];
  },
  onnx(emit, [p, targets], out, node) {
    const [n] = node.inputs[0].shape;
    const ones = emit.floats([n, 1], new Float32Array(n).fill(-1));
    const where = emit.column(targets, n);
    emit.node('ScatterElements', [p, where, ones], out, { axis: { int: 1 }, reduction: { string: 'add' } });
  },
  grad: (_, [g]) => [g, undefined],
  evaluate([p, targets]) {
    const y = Float64Array.from(p.data);
    targets.data.forEach((t, i) => (y[i * p.shape[1] + t] -= 1));
    return [y];
  },
};

/** p [N, V] minus one at column targets[n] of each row. */
export const minusOneHot = (p: Tensor, targets: Tensor): Tensor =>
  apply(minusOneHotOp, [p, targets], null)[0];

/** `{p, targets}` when `x` is `minusOneHot(p, targets)`. */
export const oneHotDifference = (x: Tensor): { p: Tensor; targets: Tensor } | undefined =>
  x.node.op.name === 'minusOneHot' ? { p: x.node.inputs[0], targets: x.node.inputs[1] } : undefined;

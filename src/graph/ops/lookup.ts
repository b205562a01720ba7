// Rows of a table by index, and its adjoint: adding rows into a table.
import { apply, type Op, sizeOf, type Tensor } from '../tensor.ts';

const gatherOp: Op<null> = {
  name: 'gather',
  infer([table, ids], _, fail) {
    if (table.shape.length !== 2 || ids.shape.length !== 1 || ids.dtype !== 'int64')
      fail('expects [V, D] and int64 [N]');
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

const scatterRowsOp: Op<{ rows: number }> = {
  name: 'scatterRows',
  infer([x, ids], { rows }, fail) {
    if (x.shape.length !== 2 || ids.shape.length !== 1 || ids.shape[0] !== x.shape[0])
      fail('expects [N, D] and [N]');
    return [{ shape: [rows, x.shape[1]] }];
  },
  onnx(emit, [x, ids], out, node, { rows }) {
    const [n, width] = node.inputs[0].shape;
    const [index, zeros] = [emit.temp(), emit.temp()];
    emit.node('Reshape', [ids, emit.ints([n, 1])], [index]);
    emit.node('ConstantOfShape', [emit.ints([rows, width])], [zeros]);
    emit.node('ScatterND', [zeros, index, x], out, { reduction: { string: 'add' } });
  },
  grad: (node, [g]) => [gather(g!, node.inputs[1]), undefined],
  evaluate([x, ids], _, [out]) {
    const width = x.shape[1];
    const y = new Float64Array(sizeOf(out.shape));
    ids.data.forEach((id, row) => {
      for (let j = 0; j < width; j++) y[id * width + j] += x.data[row * width + j];
    });
    return [y];
  },
};

/** Rows `ids` [N] of `table` [V, D]: [N, D]. */
export const gather = (table: Tensor, ids: Tensor): Tensor => apply(gatherOp, [table, ids], null)[0];

/** A zero table [rows, D] with row `ids[n]` increased by x[n], for all n. */
export const scatterRows = (x: Tensor, ids: Tensor, rows: number): Tensor =>
  apply(scatterRowsOp, [x, ids], { rows })[0];

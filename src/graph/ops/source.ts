// Where values come from: named inputs and constants.
import { apply, type DType, type Op, type Shape, sizeOf, type Tensor } from '../tensor.ts';

const inputOp: Op<{ name: string; shape: Shape; dtype: DType }> = {
  name: 'input',
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  onnx() {},
  grad: () => [],
  evaluate() {
    throw new Error('inputs are fed');
  },
};

const fillOp: Op<{ shape: Shape; value: number }> = {
  name: 'fill',
  infer: (_, { shape }) => [{ shape }],
  onnx(emit, _, [out], __, { shape, value }) {
    if (sizeOf(shape) === 1) emit.node('Identity', [emit.floats(shape, [value])], [out]);
    else emit.node('Expand', [emit.floats([], [value]), emit.ints(shape)], [out]);
  },
  grad: () => [],
  evaluate: (_, { shape, value }) => [new Float64Array(sizeOf(shape)).fill(value)],
};

const constantOp: Op<{ shape: Shape; values: ArrayLike<number> }> = {
  name: 'constant',
  infer: (_, { shape, values }, fail) =>
    values.length === sizeOf(shape)
      ? [{ shape }]
      : fail(`${values.length} values for shape [${shape.join(', ')}]`),
  onnx: (emit, _, [out], __, { shape, values }) => emit.node('Identity', [emit.floats(shape, values)], [out]),
  grad: () => [],
  evaluate: (_, { values }) => [Float64Array.from(values)],
};

/** A value given at run time, e.g. a parameter or a batch. */
export const input = (name: string, shape: Shape, dtype: DType = 'float32'): Tensor =>
  apply(inputOp, [], { name, shape, dtype })[0];

/** A tensor with the same value everywhere. */
export const fill = (shape: Shape, value: number): Tensor => apply(fillOp, [], { shape, value })[0];

/** A tensor of given values, stored with the graph (masks, rotary tables): keep it small. */
export const constant = (shape: Shape, values: ArrayLike<number>): Tensor =>
  apply(constantOp, [], { shape, values })[0];

/** The value of a tensor made by `fill`, else undefined. */
export const fillValue = (t: Tensor): number | undefined =>
  t.node.op.name === 'fill' ? (t.node.attrs as { value: number }).value : undefined;

// For tests: every operation with every way its gradient is reached. A case makes its inputs
// and returns the outputs that the loss depends on; outputs of a node that are left out have no gradient.
import { type Draw, dot } from '../differences.testing.ts';
import { gradients } from '../grad.ts';
import type { Tensor } from '../tensor.ts';
import { attention, softmax } from './attention.ts';
import {
  attend,
  type Build,
  difference,
  gated,
  layered,
  lossOf,
  matrices,
  norm,
  outermost,
  outputsOf,
  pairs,
  twice,
  unary,
} from './case-builders.testing.ts';
import { add, div, exp, log, mul, neg, offset, scale, sigmoid, silu, sqrt, sub } from './elementwise.ts';
import { gelu } from './gelu.ts';
import { gather, scatterRows } from './lookup.ts';
import { matmul } from './matmul.ts';
import { expand, sum, sumAll, sumTo } from './reduce.ts';
import { rotary } from './rotary.ts';
import { concat, reshape, split, transpose } from './shape.ts';
import { constant, fill } from './source.ts';
import { topMask } from './top.ts';

export const cases: Record<string, Record<string, Build>> = {
  add: { ...pairs(add), 'to itself': (x) => twice(x.normal(x.size(), 2), add) },
  sub: pairs(sub),
  mul: {
    ...pairs(mul),
    'with itself': (x) => twice(x.normal(x.size(), 2), mul),
    'with a filled scalar': (x) => [mul(x.normal(x.size(), 3), fill([], -1.5))],
    'with a filled matrix that stretches it': (x) => [mul(x.normal(3), fill([2, 3], -1.5))],
  },
  div: { ...pairs(div), 'of a square by it': (x) => [div(x.normal(3), mul(x.positive(3), fill([3], 2)))] },
  exp: unary(exp),
  log: unary(log, true),
  sqrt: unary(sqrt, true),
  sigmoid: unary(sigmoid),
  silu: unary(silu),
  scale: { ...unary((x) => scale(x, -2.5)), 'of a scaled one': (x) => [scale(scale(x.normal(3), 3), 0.5)] },
  offset: { ...unary((x) => offset(x, 1.25)), negated: (x) => [neg(offset(neg(x.normal(4)), 1))] },
  gather: {
    'rows, some twice, some never': (x) => [gather(x.normal(4, x.size()), x.ids(x.size() + 2, 4))],
  },
  scatterRows: {
    'rows, some twice, some never': (x) => {
      const n = x.size() + 2;
      return [scatterRows(x.normal(n, x.size()), x.ids(n, 4), 4)];
    },
    'onto a table': (x) => {
      const [n, width] = [x.size() + 2, x.size()];
      return [scatterRows(x.normal(n, width), x.ids(n, 4), 4, x.normal(4, width))];
    },
  },
  crossEntropy: {
    'the loss': lossOf([0]),
    'the probabilities': lossOf([1]),
    'loss and probabilities': lossOf([0, 1]),
    'scaled, as for a sum over sequences': (x) => [scale(lossOf([0])(x)[0], 3)],
  },
  minusOneHot: {
    'of a matrix': (x) => [difference(x)],
    'as the gradient of the loss': (x) => gradients(lossOf([0])(x)[0], [x.inputs[0]]),
  },
  softmax: {
    'of rows': (x) => [softmax(x.normal(x.size(), x.size() + 1))],
    'of a row of one': (x) => [softmax(x.normal(2, 1))],
    'in three dimensions': (x) => [softmax(x.normal(2, x.size(), 3))],
  },
  attention: {
    'all pairs': attend(false, [0]),
    causal: attend(true, [0]),
    'only its probabilities': attend(false, [1]),
    'causal, only its probabilities': attend(true, [1]),
    'output and probabilities': attend(true, [0, 1]),
    'causal, the last queries only': (x) => {
      const n = x.size();
      return [
        attention(x.normal(2, n, 1, 3), x.normal(5, n, 1, 3), x.normal(5, n, 1, 2), {
          scale: 0.7,
          causal: true,
        }),
      ];
    },
  },
  matmul: {
    ...Object.fromEntries(
      [false, true].flatMap((a) =>
        [false, true].flatMap((b) => [
          [`transA ${a}, transB ${b}`, matrices(a, b, [], 1)],
          [`batched, transA ${a}, transB ${b}, alpha`, matrices(a, b, [2, 3], -0.3)],
        ]),
      ),
    ),
    'alpha in two dimensions': matrices(true, false, [], 0.4),
    'constant factors of both sides fold in': (x) => [
      matmul(scale(x.normal(2, 3), 2), scale(x.normal(3, 2), -0.5), { alpha: 3 }),
    ],
    'minus a one-hot matrix': (x) => [matmul(difference(x), x.normal(5, x.size()), { alpha: 0.6 })],
    'minus a one-hot matrix, transposed': (x) => {
      return [matmul(difference(x), scale(x.normal(3, x.size()), 2), { transA: true, alpha: 0.6 })];
    },
    'minus a one-hot matrix, the other transposed': (x) => {
      return [matmul(scale(difference(x), 2), x.normal(x.size(), 5), { transB: true })];
    },
    ...Object.fromEntries(
      [false, true].flatMap((transA) =>
        [false, true].flatMap((transB) => [
          [`left rows outermost, transA ${transA}, transB ${transB}`, outermost(true, false, transA, transB)],
          [
            `right rows outermost, transA ${transA}, transB ${transB}`,
            outermost(false, true, transA, transB),
          ],
          [`all rows outermost, transA ${transA}, transB ${transB}`, outermost(true, true, transA, transB)],
        ]),
      ),
    ),
    'plus a matrix': (x) => {
      const [m, k, n] = [x.size(), x.size(), x.size()];
      return [
        matmul(x.normal(m, k), x.normal(n, k), { transB: true, plus: scale(x.normal(m, n), 3), beta: 0.5 }),
      ];
    },
    'plus one of its factors': (x) => {
      const a = x.normal(3, 3);
      return [matmul(a, x.normal(3, 3), { plus: a })];
    },
    'of a matrix with itself': (x) => {
      const a = x.normal(3, 3);
      return [matmul(a, a, { transB: true })];
    },
  },
  rmsNorm: {
    'the rows': (x) => [norm(x)[0]],
    'one over the norm': (x) => [norm(x)[1]],
    both: (x) => [...norm(x)],
  },
  layerNorm: {
    'the rows': (x) => [layered(x)[0]],
    'the means': (x) => [layered(x)[1]],
    'one over the deviations': (x) => [layered(x)[2]],
    'all of it': (x) => [...layered(x)],
  },
  gelu: {
    ...unary(gelu),
    'the distribution function': (x) => [outputsOf(gelu(x.normal(x.size(), 3)))[1]],
    both: (x) => [...outputsOf(gelu(scale(x.normal(x.size(), 3), 2)))],
  },
  topMask: {
    'of a product with it': (x) => {
      const y = x.normal(x.size(), 5);
      return [mul(y, topMask(y, 2))];
    },
    'with equal entries': (x) => {
      const y = x.normal(x.size(), 2);
      return [topMask(concat([y, y, y], 1), 3)];
    },
    'all of a row': (x) => [topMask(x.normal(2, 3), 3)],
  },
  swiglu: {
    'the product': (x) => [gated(x)[0]],
    'the sigmoid': (x) => [gated(x)[1]],
    'all of it': (x) => [...gated(x)],
  },
  sum: {
    'over the first axis': (x) => [sum(x.normal(x.size(), x.size()), [0])],
    'over the last and the first': (x) => [sum(x.normal(x.size(), 2, x.size()), [2, 0])],
    'over no axis': (x) => [sum(x.normal(2, x.size()), [])],
    'over everything': (x) => [sumAll(x.normal(x.size(), x.size()))],
    'over everything, of one value': (x) => [sumAll(x.normal())],
  },
  expand: {
    'a row, a column': (x) => [expand(x.normal(3), [2, 3]), expand(x.normal(2, 1), [2, 3])],
    'one value': (x) => [expand(x.normal(), [x.size(), 2])],
    'and back': (x) => [sumTo(expand(x.normal(1, 3), [2, 4, 3]), [4, 1])],
  },
  rotary: {
    'several heads': (x) => [rotary(x.normal(x.size() + 2, x.size() + 4, 1, 4), 100)],
    'the narrowest head': (x) => [rotary(x.normal(3, x.size(), 1, 2), 10)],
  },
  reshape: {
    'split of an axis': (x) => [reshape(x.normal(6, x.size()), [2, 3, x.inputs[0].shape[1]])],
    'to a scalar': (x) => [reshape(x.normal(1, 1), [])],
  },
  transpose: {
    'of a matrix': (x) => [transpose(x.normal(x.size(), x.size()), [1, 0])],
    'around a circle': (x) => [transpose(x.normal(x.size(), 2, x.size()), [2, 0, 1])],
    'of five axes': (x) => [transpose(x.normal(2, x.size(), 3, 2, 1), [2, 0, 3, 1, 4])],
  },
  split: {
    'all pieces': (x) => [...split(x.normal(3, 6), 1, [1, 3, 2])],
    'one piece used': (x) => [split(x.normal(x.size(), 2), 1, [1, 1])[1]],
    'along the first axis': (x) => [split(x.normal(4, x.size(), 2), 0, [3, 1])[0]],
  },
  concat: {
    'along the last axis': (x) => [concat([x.normal(2, 1), x.normal(2, 3)], 1)],
    'along the first axis, one input twice': (x) => {
      const a = x.normal(x.size(), 2);
      return [concat([a, x.normal(x.size(), 2), a], 0)];
    },
  },
  fill: { 'beside an input': (x) => [add(x.normal(2, 3), fill([2, 3], 0.25))] },
  constant: {
    'a product with it': (x) => [mul(x.normal(2, 2), constant([2, 2], [1, -2, 3, 0]))],
    'one value': (x) => [sub(constant([], [0.5]), x.normal())],
  },
  input: { itself: (x) => [x.normal(x.size())] },
};

/** The loss of a case: its outputs, each weighted by random numbers of its own. */
export function lossOfCase(x: Draw, outputs: Tensor[]): Tensor {
  return outputs.map((y) => dot(y, x.normal(...y.shape))).reduce(add);
}

// Wrong shapes and types are found when the graph is built, in words that name the operation and the shapes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients } from './grad.ts';
import { attention } from './ops/attention.ts';
import { add, mul } from './ops/elementwise.ts';
import { gather, minusOneHot, scatterRows } from './ops/lookup.ts';
import { crossEntropy } from './ops/loss.ts';
import { matmul } from './ops/matmul.ts';
import { rmsNorm } from './ops/norm.ts';
import { expand, sum, sumTo } from './ops/reduce.ts';
import { rotary } from './ops/rotary.ts';
import { concat, reshape, split, transpose } from './ops/shape.ts';
import { constant, fill, input } from './ops/source.ts';
import { type Shape, ShapeError } from './tensor.ts';

const f = (...shape: number[]) => input('x', shape);
const ids = (n: number) => input('ids', [n], 'int64');
const att = { scale: 1, causal: false };

const wrong: [what: string, build: () => unknown, message: string][] = [
  ['no broadcast', () => add(f(2, 3), f(2)), 'add([2, 3], [2]): shapes do not broadcast'],
  ['ids as numbers', () => mul(f(2), ids(2)), 'mul([2], [2]): input 1 is int64, not float32'],
  ['inner sizes', () => matmul(f(2, 3), f(4, 5)), 'matmul([2, 3], [4, 5]): inner sizes 3 and 4 differ'],
  [
    'inner sizes, transposed',
    () => matmul(f(2, 3), f(2, 3), { transA: true, transB: true }),
    'matmul([2, 3], [2, 3]): inner sizes 2 and 3 differ',
  ],
  ['batches', () => matmul(f(2, 3, 3), f(4, 3, 3)), 'matmul([2, 3, 3], [4, 3, 3]): batch dimensions differ'],
  [
    'ranks',
    () => matmul(f(2, 3, 3), f(3, 3)),
    'matmul([2, 3, 3], [3, 3]): both need the same rank, at least 2',
  ],
  ['norm weight', () => rmsNorm(f(2, 3), f(3), 1e-6), 'rmsNorm([2, 3], [3]): expects [N, D] and [1, D]'],
  [
    'norm of more axes',
    () => rmsNorm(f(1, 2, 3), f(1, 3), 1e-6),
    'rmsNorm([1, 2, 3], [1, 3]): expects [N, D] and [1, D]',
  ],
  ['odd head', () => rotary(f(3, 2, 1, 5), 10), 'rotary([3, 2, 1, 5]): expects [T, N, 1, even width]'],
  ['axis of a sum', () => sum(f(2, 3), [2]), 'sum([2, 3]): no axis among [2]'],
  ['expansion', () => expand(f(2, 3), [3, 3]), 'expand([2, 3]): does not expand to [3, 3]'],
  ['shrinking', () => expand(f(2, 3), [3]), 'expand([2, 3]): does not expand to [3]'],
  ['sum to another shape', () => sumTo(f(2, 3), [5]), 'reshape([1, 3]): cannot become [5]'],
  ['elements', () => reshape(f(2, 3), [7]), 'reshape([2, 3]): cannot become [7]'],
  ['order of axes', () => transpose(f(2, 3), [0, 0]), 'transpose([2, 3]): bad order [0, 0]'],
  ['pieces', () => split(f(2, 5), 1, [2, 2]), 'split([2, 5]): axis 1 is not 2 + 2 long'],
  ['axis of a split', () => split(f(2, 5), 2, [5]), 'split([2, 5]): axis 2 is not 5 long'],
  ['empty piece', () => split(f(2, 5), 1, [5, 0]), 'split([2, 5]): impossible result shape [2, 0]'],
  [
    'side by side',
    () => concat([f(2, 3), f(3, 3)], 1),
    'concat([2, 3], [3, 3]): shapes differ outside axis 1',
  ],
  ['table', () => gather(f(2, 3, 4), ids(2)), 'gather([2, 3, 4], [2]): expects [V, D] and [N]'],
  ['float ids', () => gather(f(2, 3), f(2)), 'gather([2, 3], [2]): input 1 is float32, not int64'],
  ['rows', () => scatterRows(f(2, 3), ids(3), 4), 'scatterRows([2, 3], [3]): expects [N, D] and [N]'],
  [
    'table to add to',
    () => scatterRows(f(2, 3), ids(2), 4, f(5, 3)),
    'scatterRows([2, 3], [2], [5, 3]): the table must be [4, 3]',
  ],
  ['one-hot rows', () => minusOneHot(f(2, 3), ids(3)), 'minusOneHot([2, 3], [3]): expects [N, V] and [N]'],
  ['targets', () => crossEntropy(f(2, 3), ids(3)), 'crossEntropy([2, 3], [3]): expects [N, V] and [N]'],
  [
    'float targets',
    () => crossEntropy(f(2, 3), f(2)),
    'crossEntropy([2, 3], [2]): input 1 is float32, not int64',
  ],
  [
    'heads',
    () => attention(f(3, 2, 1, 4), f(3, 1, 1, 4), f(3, 2, 1, 4), att),
    'attention([3, 2, 1, 4], [3, 1, 1, 4], [3, 2, 1, 4]): q, k, v need the same number of lanes',
  ],
  [
    'lengths of keys and values',
    () => attention(f(3, 2, 1, 4), f(3, 2, 1, 4), f(5, 2, 1, 4), att),
    'attention([3, 2, 1, 4], [3, 2, 1, 4], [5, 2, 1, 4]): widths of q and k, or lengths of k and v, differ',
  ],
  ['values of a constant', () => constant([2], [1, 2, 3]), 'constant(): 3 values for shape [2]'],
  ['no elements', () => fill([2, 0], 1), 'fill(): impossible result shape [2, 0]'],
  ['half an element', () => input('x', [1.5]), 'input(): impossible result shape [1.5]'],
  ['loss', () => gradients(f(2), []), 'gradients: loss must be a scalar, not [2]'],
];

for (const [what, build, message] of wrong)
  test(`${what}: ${message}`, () => {
    assert.throws(build, (error) => error instanceof ShapeError && error.message === message);
  });

test('right shapes pass', () => {
  const shapes: [Shape, Shape][] = [
    [add(f(2, 1), f(3)).shape, [2, 3]],
    [matmul(f(2, 3), f(4, 3), { transB: true }).shape, [2, 4]],
    [attention(f(3, 2, 1, 4), f(5, 2, 1, 4), f(5, 2, 1, 6), att).shape, [3, 2, 1, 6]],
    [transpose(f(2, 3, 4), [2, 0, 1]).shape, [4, 2, 3]],
  ];
  for (const [found, expected] of shapes) assert.deepEqual(found, expected);
});

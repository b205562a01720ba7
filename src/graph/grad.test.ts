// What differentiation does with the structure of a graph: paths that meet, paths that never arrive,
// orders above two. (The gradient of each operation is tested in ops/ops.test.ts.)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients } from './grad.ts';
import { add, exp, mul, scale, silu } from './ops/elementwise.ts';
import { gather } from './ops/lookup.ts';
import { sumAll } from './ops/reduce.ts';
import { split } from './ops/shape.ts';
import { input } from './ops/source.ts';
import { evaluate } from './reference.ts';
import { reachable, type Tensor } from './tensor.ts';

const x = input('x', []);
const at = (t: Tensor, value: number) => evaluate([t], { x: [value] })[0].data[0];

test('contributions of all paths add up', () => {
  const square = mul(x, x);
  // x^2 + 3 x^2 x: derivative 2x + 9x^2
  const [g] = gradients(add(square, scale(mul(square, x), 3)), [x]);
  assert.equal(at(g, 2), 40);
});

test('gradients of gradients of gradients', () => {
  let y = mul(mul(x, x), mul(x, x));
  for (const expected of [32, 48, 48, 24, 0]) {
    [y] = gradients(y, [x]);
    assert.equal(at(y, 2), expected);
  }
});

test('zeros where the loss does not depend on a tensor, whatever its type', () => {
  const [other, ids] = [input('other', [2, 3]), input('ids', [4], 'int64')];
  const [a, b, c] = gradients(mul(x, x), [other, x, ids]);
  assert.deepEqual(evaluate([a], {})[0].data, new Float64Array(6));
  assert.equal(at(b, 3), 6);
  assert.deepEqual(c.shape, [4]);
});

test('the loss itself, and tensors inside the graph', () => {
  const middle = mul(x, x);
  const loss = exp(middle);
  const [byLoss, byMiddle, byX] = gradients(loss, [loss, middle, x]);
  assert.equal(at(byLoss, 0.5), 1);
  assert.equal(at(byMiddle, 0.5), Math.exp(0.25));
  assert.equal(at(byX, 0.5), Math.exp(0.25));
});

test('a tensor asked for twice, and one output among several of a node', () => {
  const v = input('v', [4]);
  const [left, right] = split(v, 0, [1, 3]);
  const [a, b, whole, unused] = gradients(sumAll(mul(right, right)), [right, right, v, left]);
  const found = evaluate([a, b, whole, unused], { v: [1, 2, 3, 4] }).map(({ data }) => [...data]);
  assert.deepEqual(found, [[4, 6, 8], [4, 6, 8], [0, 4, 6, 8], [0]]);
});

test('no work for inputs that were not asked for', () => {
  const [table, ids, w] = [input('table', [5, 2]), input('ids', [3], 'int64'), input('w', [3, 2])];
  const loss = sumAll(mul(gather(table, ids), w));
  const [byW] = gradients(loss, [w]);
  const ops = reachable([byW]).map((node) => node.op.name);
  assert.ok(!ops.includes('scatterRows'), ops.join());
});

test('a deep graph does not overflow the stack', () => {
  let y: Tensor = x;
  for (let i = 0; i < 20000; i++) y = add(y, x);
  assert.equal(at(gradients(y, [x])[0], 1), 20001);
});

test('values of the wrong length, or none, are told by the name of their input', () => {
  assert.throws(
    () => evaluate([silu(input('weight', [2, 2]))], { weight: [1, 2, 3] }),
    /"weight" needs 4 values, got 3/,
  );
  assert.throws(() => evaluate([x], {}), /"x" needs 1 values, got 0/);
});

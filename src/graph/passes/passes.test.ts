// Graphs rewritten: the same values from fewer nodes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDraw, type Feeds } from '../differences.testing.ts';
import { add, mul, scale } from '../ops/elementwise.ts';
import { matmul } from '../ops/matmul.ts';
import { sum } from '../ops/reduce.ts';
import { split } from '../ops/shape.ts';
import { constant } from '../ops/source.ts';
import { evaluate } from '../reference.ts';
import { reachable, type Tensor } from '../tensor.ts';
import { cutBefore } from './cut.ts';
import { fuseSums } from './fuse-sums.ts';
import { shareNodes } from './share.ts';

const count = (outputs: readonly Tensor[], name: string) =>
  reachable(outputs).filter(({ op }) => op.name === name).length;
const values = (outputs: readonly Tensor[], feeds: Record<string, ArrayLike<number>>) =>
  evaluate(outputs, feeds).map(({ data }) => [...data]);

test('nothing is computed twice, whatever depends on it, and what differs stays apart', () => {
  const x = createDraw(1);
  const [a, b] = [x.normal(3, 4), x.normal(4, 3)];
  const twice = () => {
    const [left, right] = split(matmul(a, b, { alpha: 2 }), 1, [1, 2]);
    return add(sum(left, [1]), sum(right, [1]));
  };
  const outputs = [twice(), mul(twice(), twice()), matmul(a, b), sum(matmul(a, b), [0])];
  const shared = shareNodes(outputs);
  assert.deepEqual(values(shared, x.feeds), values(outputs, x.feeds));
  assert.equal(count(shared, 'matmul'), 2);
  assert.equal(count(shared, 'split'), 1);
  const table = Float64Array.of(1, 2);
  const [same, other] = [constant([2], table), constant([2], Float64Array.of(1, 3))];
  assert.equal(count(shareNodes([constant([2], table), same, other]), 'constant'), 2);
});

test('a product that only a sum wants takes it up; one that others want does not', () => {
  const x = createDraw(2);
  const [a, b, c] = [x.normal(3, 4), x.normal(4, 5), x.normal(3, 5)];
  const chain = add(add(matmul(a, b), c), matmul(a, b, { alpha: 3 }));
  const [fused] = fuseSums([chain]);
  assert.deepEqual([count([fused], 'add'), count([fused], 'matmul')], [0, 2]);
  values([fused], x.feeds)[0].forEach((value, i) =>
    assert.ok(Math.abs(value - values([chain], x.feeds)[0][i]) < 1e-12),
  );
  const wanted = matmul(a, b);
  const outputs = [add(wanted, c), scale(wanted, 2), add(c, sum(c, [0]))];
  assert.equal(count(fuseSums(outputs), 'add'), 2);
  assert.deepEqual(values(fuseSums(outputs), x.feeds), values(outputs, x.feeds));
});

test('cut in two: the first part knows nothing of the late inputs, the second gives what the whole gave', () => {
  const x = createDraw(3);
  const [a, b, late] = [x.normal(3, 4), x.normal(4, 3), x.normal(3, 3)];
  const early = matmul(a, b);
  const [left, right] = split(mul(early, early), 1, [1, 2]);
  const whole = [add(mul(early, late), sum(left, [0])), sum(mul(late, late), [1]), right, late];
  const { kept, outputs } = cutBefore(whole, [late]);
  const names = Object.keys(kept);
  assert.ok(!reachable(Object.values(kept)).includes(late.node));
  assert.equal(names.length, 2);
  const feeds: Feeds = { ...x.feeds };
  evaluate(Object.values(kept), x.feeds).forEach(({ data }, i) => (feeds[names[i]] = data));
  assert.deepEqual(values(outputs, feeds), values(whole, x.feeds));
  assert.equal(count(outputs.slice(0, 2), 'matmul'), 0);
});

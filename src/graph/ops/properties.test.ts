// Laws that hold for all shapes: adjoints, inverses, and what attention and the loss do at their limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../core/rng.ts';
import { runGraph } from '../../runtime/run-graph.testing.ts';
import { broadcast } from '../broadcast.ts';
import { difference, dot } from '../differences.testing.ts';
import { gradients } from '../grad.ts';
import { evaluate } from '../reference.ts';
import { type Shape, sizeOf, type Tensor } from '../tensor.ts';
import { attention, causalAttention } from './attention.ts';
import { mul, scale, sub } from './elementwise.ts';
import { gather, minusOneHot, scatterRows } from './lookup.ts';
import { crossEntropy } from './loss.ts';
import { matmul } from './matmul.ts';
import { expand, sumAll, sumTo } from './reduce.ts';
import { rotary } from './rotary.ts';
import { concat, split, transpose } from './shape.ts';
import { constant, fill, input } from './source.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 0, maxLength: 4 });
/** A shape and one that stretches to it. */
const stretched = sizes.chain((full) =>
  fc.record({
    full: fc.constant(full),
    small: fc
      .tuple(fc.nat(full.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
      .map(([skip, ones]) => full.slice(skip).map((n, i) => (ones[i] ? 1 : n))),
  }),
);
const random = (shape: Shape, seed: number): Tensor => {
  const rng = createRng(seed, 'values');
  return constant(shape, Float64Array.from({ length: sizeOf(shape) }, rng.normal));
};
const number = (t: Tensor) => evaluate([t], {})[0].data[0];
const close = (a: number, b: number) =>
  assert.ok(Math.abs(a - b) < 1e-12 * Math.max(1, Math.abs(a)), `${a}, ${b}`);

test('summing down is the adjoint of stretching: <expand x, y> = <x, sumTo y>', () => {
  fc.assert(
    fc.property(stretched, fc.nat(), ({ full, small }, seed) => {
      const [x, y] = [random(small, seed), random(full, seed + 1)];
      close(number(dot(expand(x, full), y)), number(dot(x, sumTo(y, small))));
    }),
  );
});

test('broadcasting is commutative, and a shape stretches to its broadcast with any other', () => {
  fc.assert(
    fc.property(stretched, ({ full, small }) => {
      assert.deepEqual(broadcast(full, small), full);
      assert.deepEqual(broadcast(small, full), full);
    }),
  );
  assert.equal(broadcast([2, 3], [3, 2]), undefined);
});

test('adding rows is the adjoint of taking them', () => {
  const ids = fc.array(fc.nat(4), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(ids, fc.nat(), (ids, seed) => {
      const [table, rows] = [random([5, 3], seed), random([ids.length, 3], seed + 1)];
      const at = input('ids', [ids.length], 'int64');
      const both = [dot(gather(table, at), rows), dot(table, scatterRows(rows, at, 5))];
      const [a, b] = evaluate(both, { ids }).map(({ data }) => data[0]);
      close(a, b);
    }),
  );
});

test('concat undoes split, a transposition is undone by its inverse', () => {
  const cut = fc.record({
    shape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
    axis: fc.nat(2),
    pieces: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cut, ({ shape, axis: any, pieces, seed }) => {
      const axis = any % shape.length;
      const x = random(
        shape.with(
          axis,
          pieces.reduce((a, b) => a + b),
        ),
        seed,
      );
      const [before, after] = evaluate([x, concat(split(x, axis, pieces), axis)], {});
      assert.deepEqual(after, before);
    }),
  );
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
  fc.assert(
    fc.property(order, fc.nat(), (perm, seed) => {
      const x = random([2, 3, 1, 4], seed);
      const inverse = perm.map((_, i) => perm.indexOf(i));
      const [before, after] = evaluate([x, transpose(transpose(x, perm), inverse)], {});
      assert.deepEqual(after, before);
    }),
  );
});

test('products that are rewritten when the graph is built keep their value', () => {
  const flags = fc.record({ transA: fc.boolean(), transB: fc.boolean(), alpha: fc.constantFrom(1, -0.3, 2) });
  const ids = [4, 0, 4, 2];
  fc.assert(
    fc.property(flags, fc.nat(), ({ transA, transB, alpha }, seed) => {
      const [p, targets] = [random([4, 5], seed), input('ids', [4], 'int64')];
      const inner = transA ? 4 : 5;
      const b = random(transB ? [3, inner] : [inner, 3], seed + 1);
      const oneHot = constant(
        [4, 5],
        Array.from({ length: 20 }, (_, i) => +(ids[Math.floor(i / 5)] === i % 5)),
      );
      const [rewritten, plain] = evaluate(
        [
          matmul(scale(minusOneHot(p, targets), 2), scale(b, -1.5), { transA, transB, alpha }),
          matmul(mul(sub(p, oneHot), constant([], [-3 * alpha])), b, { transA, transB }),
        ],
        { ids },
      );
      assert.ok(difference(rewritten.data, plain.data) < 1e-12);
    }),
  );
  const x = random([2, 3], 1);
  const [folded, stretched, plain] = evaluate(
    [mul(fill([], 2), scale(scale(x, 3), 0.5)), mul(x, fill([2, 2, 3], 3)), scale(x, 3)],
    {},
  );
  assert.deepEqual(folded, plain);
  assert.deepEqual([...stretched.data], [...plain.data, ...plain.data]);
});

test('rotation keeps lengths, and scores depend on the distance of positions alone', () => {
  const same = (row: readonly number[]) =>
    constant([6, 1, 1, 4], Array.from({ length: 6 }, () => row).flat());
  const value = fc.double({ min: -2, max: 2, noNaN: true });
  const vector = fc.tuple(value, value, value, value);
  fc.assert(
    fc.property(vector, vector, (q, k) => {
      const [a, b] = evaluate([rotary(same(q), 100), rotary(same(k), 100)], {}).map(({ data }) =>
        Array.from({ length: 6 }, (_, t) => data.subarray(4 * t, 4 * t + 4)),
      );
      const product = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, i) => sum + v * y[i], 0);
      for (let t = 0; t < 5; t++) {
        close(product(a[t], a[t]), product(a[0], a[0]));
        close(product(a[t + 1], b[t]), product(a[1], b[0]));
      }
    }),
  );
});

test('causal attention: nothing later changes an output, and its gradient there is exactly zero', async () => {
  const keys = ['q', 'k', 'v'];
  const [q, k, v] = keys.map((name) => input(name, [4, 2, 1, 2]));
  const out = attention(q, k, v, { scale: 3, causal: true });
  const early = split(out, 0, [2, 2])[0];
  const grads = gradients(sumAll(early), [q, k, v]);
  const rng = createRng(1, 'values');
  const feeds = Object.fromEntries(keys.map((key) => [key, Float32Array.from({ length: 16 }, rng.normal)]));
  const later = Object.fromEntries(
    keys.map((key) => [key, feeds[key].map((x, i) => (i < 8 ? x : 100 * rng.normal()))]),
  );
  const named = { early, gq: grads[0], gk: grads[1], gv: grads[2] };
  const [one, other] = [await runGraph(named, feeds), await runGraph(named, later)];
  assert.deepEqual(other, one);
  for (const key of ['gq', 'gk', 'gv'])
    assert.ok(
      one[key].every((g, i) => i < 8 || g === 0),
      key,
    );
  assert.ok(one.gv.some((g) => g !== 0));
});

test('causal attention in pieces is causal attention', () => {
  const [q, k, v] = [1, 2, 3].map((seed) => random([400, 1, 1, 3], seed));
  const weights = random([400, 1, 1, 3], 4);
  const [whole, pieces] = [
    attention(q, k, v, { scale: 0.6, causal: true }),
    causalAttention(q, k, v, 0.6),
  ].map((out) => evaluate([out, ...gradients(dot(out, weights), [q, k, v])], {}));
  whole.forEach(({ data }, i) => {
    assert.ok(difference(data, pieces[i].data) < 1e-12);
  });
});

test('the loss of a hopeless target is large and finite, that of NaN is NaN', async () => {
  const [logits, targets] = [input('logits', [1, 3], 'float32'), input('targets', [1], 'int64')];
  const loss = crossEntropy(logits, targets);
  const named = { loss, grad: gradients(loss, [logits])[0] };
  const hopeless = await runGraph(named, { logits: [500, 0, 0], targets: [1] });
  assert.ok(Math.abs(hopeless.loss[0] - 87.34) < 0.01, `${hopeless.loss[0]}`);
  assert.deepEqual([...hopeless.grad], [1, -1, 0]);
  const sure = await runGraph(named, { logits: [500, 0, 0], targets: [0] });
  assert.ok(Math.abs(sure.loss[0]) === 0);
  const broken = await runGraph(named, { logits: [Number.NaN, 0, 0], targets: [1] });
  assert.ok(Number.isNaN(broken.loss[0]));
});

test('differences are measured: equal, far, NaN, another length', () => {
  assert.equal(difference([1, 2], [1, 2]), 0);
  assert.equal(difference([1, 4], [1, 2]), 0.5);
  assert.equal(difference([1, Number.NaN], [1, 2]), Number.POSITIVE_INFINITY);
  assert.equal(difference([1], [1, 2]), Number.POSITIVE_INFINITY);
});

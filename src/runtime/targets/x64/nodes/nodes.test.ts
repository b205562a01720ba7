// Kernels of graph nodes other than products and attention: random shapes, one thread to three.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { avx2 } from '../../../../assembly/x64/avx2.ts';
import { createDraw } from '../../../../graph/differences.testing.ts';
import { gradients } from '../../../../graph/grad.ts';
import { add, scale } from '../../../../graph/ops/elementwise.ts';
import { gather, scatterRows } from '../../../../graph/ops/lookup.ts';
import { crossEntropy } from '../../../../graph/ops/loss.ts';
import { matmul } from '../../../../graph/ops/matmul.ts';
import { rmsNorm } from '../../../../graph/ops/norm.ts';
import { input } from '../../../../graph/ops/source.ts';
import { swiglu } from '../../../../graph/ops/swiglu.ts';
import { fuseOperations } from '../../../../graph/passes/fused/registry.ts';
import { noKernels as skip, vectorSets } from '../../../run-graph.testing.ts';
import { check, compare, compareFused, inEverySet, where } from './compare.testing.ts';
import { kernelOf } from './registry.ts';

test('cross-entropy and its gradient', { skip }, () =>
  check(
    fc.asyncProperty(
      ...[fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 300 }), where],
      async (rows, width, where) => {
        const x = createDraw(rows);
        const [a, b] = [x.normal(rows, 3), x.normal(width, 3)];
        const loss = crossEntropy(matmul(a, b, { transB: true, alpha: 4 }), x.ids(rows, width));
        await compare([loss, loss.node.outputs[1], ...gradients(loss, [a, b])], x.feeds, where);
      },
    ),
    60,
  ),
);

inEverySet(
  'cross-entropy of logits far apart, of one that is not a number, of a target that is none',
  async (runGraph) => {
    const x = createDraw(1);
    // More than four registers of either set.
    const logits = x.normal(2, 100);
    const loss = crossEntropy(logits, x.ids(2, 100));
    const run = async (change: (values: Float64Array) => void) => {
      const feeds = { ...x.feeds, input0: x.feeds.input0.slice() };
      change(feeds.input0);
      const { loss: found, p } = await runGraph({ loss, p: loss.node.outputs[1] }, feeds);
      return { found: found[0], p };
    };
    const target = x.feeds.input1[0];
    // As far as -ln of the smallest normal float32: the other row's loss is small beside it.
    const far = await run((values) => {
      values[target] = -1e4;
    });
    assert.ok(Math.abs(2 * far.found - 126 * Math.LN2) < 20 && far.p[target] === 0, `${far.found}`);
    const large = await run((values) => {
      values.fill(3e38);
    });
    assert.ok(Math.abs(large.found - Math.log(100)) < 1e-5 && Math.abs(large.p[0] - 0.01) < 1e-8);
    // The largest stand in any register.
    for (const [from, to] of [
      [0, 32],
      [60, 92],
    ]) {
      const { p } = await run((values) => values.fill(0).fill(200, from, to));
      assert.ok(Math.abs(p[from] - 1 / 32) < 1e-8 && p[to] === 0, `${from}: ${p[from]}, ${p[to]}`);
    }
    assert.ok(Number.isNaN((await run((values) => values.fill(Number.NaN, 3, 4))).found));
    const feeds = { ...x.feeds, input1: Float64Array.of(2 ** 31 - 1, 0) };
    const { loss: none } = await runGraph({ loss }, feeds);
    assert.ok(Number.isNaN(none[0]));
  },
);

test('rows by index, and added by index', { skip }, () =>
  check(
    fc.asyncProperty(
      fc.record({ rows: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 70 }), where }),
      async ({ rows, width, where }) => {
        const x = createDraw(width);
        const [table, ids, more] = [x.normal(rows, width), x.ids(30, rows), x.normal(30, width)];
        const tensors = [
          gather(table, ids),
          scatterRows(more, ids, rows),
          scatterRows(more, ids, rows, table),
        ];
        await compare(tensors, x.feeds, where);
      },
    ),
    40,
  ),
);

inEverySet('an index outside the table gives no numbers, and adds nothing', async (runGraph) => {
  const x = createDraw(1);
  const [table, ids] = [x.normal(3, 5), x.ids(2, 3)];
  const rows = gather(table, ids);
  const feeds = { ...x.feeds, input0: x.feeds.input0, input1: Float64Array.of(2, 3) };
  const found = await runGraph(
    { rows, sum: scatterRows(x.normal(2, 5), ids, 3, table) },
    { ...feeds, input2: new Float64Array(10).fill(1) },
  );
  assert.deepEqual([...found.rows.slice(0, 5)], [...feeds.input0.slice(10)]);
  assert.ok(found.rows.slice(5).every(Number.isNaN));
  assert.deepEqual(
    [...found.sum],
    [...feeds.input0].map((v, i) => Math.fround(v + (i < 10 ? 0 : 1))),
  );
});

test('RMSNorm and its gradient, alone and added to the residual stream', { skip }, () =>
  check(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 9 }),
        width: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.constantFrom(320, 384, 1024)),
        residual: fc.boolean(),
        where,
      }),
      ({ rows, width, residual, where }) =>
        compareFused(
          rows,
          where,
          (x) => {
            const [stream, w] = [x.normal(rows, width), x.normal(1, width)];
            const normed = rmsNorm(stream, w, 1e-3);
            return residual ? add(normed, stream) : scale(normed, 2);
          },
          ['rmsNormOnce', 'rmsNormGrad'],
        ),
    ),
    60,
  ),
);

inEverySet('rows too wide for a kernel stay as they were', async (_, set) => {
  const x = createDraw(1);
  const y = rmsNorm(x.normal(2, 1025), x.normal(1, 1025), 1e-3);
  const [same] = fuseOperations([y], (node) => kernelOf(node, 1, set) !== undefined);
  assert.equal(same, y);
  await compare([y], x.feeds, { threads: 1, set });
});

test('SwiGLU and its gradient', { skip }, () =>
  check(
    fc.asyncProperty(fc.integer({ min: 1, max: 100 }), where, (n, where) =>
      compareFused(n, where, (x) => swiglu(x.normal(n, 3), x.normal(n, 3)), ['swigluOnly', 'swigluGrad']),
    ),
    30,
  ),
);

inEverySet('sigmoids of numbers that are large', async (runGraph) => {
  const sizes = [88, 200, ...Array.from({ length: 36 }, (_, k) => 1.7 * 10 ** (k + 3))].map(Math.fround);
  const x = createDraw(1);
  const [y] = fuseOperations([swiglu(x.normal(sizes.length, 1), x.normal(sizes.length, 1))], () => true);
  const input1 = sizes.map(() => 1);
  const { y: large } = await runGraph({ y }, { input0: sizes, input1 });
  assert.deepEqual([...large], sizes);
  const { y: small } = await runGraph({ y }, { input0: sizes.map((size) => -size), input1 });
  small.forEach((value, i) => {
    assert.ok(Math.abs(value) < 1e-36, `${-sizes[i]}: ${value}`);
  });
});

test('a matrix whose places do not fit into 31 bits has no kernel', () => {
  const rows = (n: number) => scatterRows(input('x', [1, 1]), input('ids', [1], 'int64'), n).node;
  assert.notEqual(kernelOf(rows(2 ** 29 - 1), 1, avx2), undefined);
  assert.equal(kernelOf(rows(2 ** 29), 1, avx2), undefined);
});

test('which instruction sets are tested here', { skip }, (t) => {
  t.diagnostic(`kernels of graph nodes are tested in: ${vectorSets.map(({ name }) => name).join(', ')}`);
});

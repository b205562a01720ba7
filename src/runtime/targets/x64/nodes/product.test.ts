// Kernels of matrix products: random shapes, one thread and two.
import { test } from 'node:test';
import fc from 'fast-check';
import { createDraw } from '../../../../graph/differences.testing.ts';
import { matmul } from '../../../../graph/ops/matmul.ts';
import { noKernels as skip } from '../../../run-graph.testing.ts';
import { check, compare, everywhere, where } from './compare.testing.ts';

test('products of any size, either operand stored either way', { skip }, () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 140 }));
  const factor = fc.constantFrom(1, 0.5, -3);
  const shape = fc.record({
    ...{ m: size, n: size, k: size, where, transA: fc.boolean(), transB: fc.boolean() },
    ...{ alpha: factor, beta: fc.option(factor, { nil: undefined }) },
  });
  return check(
    fc.asyncProperty(shape, async ({ m, n, k, where, transA, transB, alpha, beta }) => {
      const x = createDraw(1);
      const [a, b] = [transA ? x.normal(k, m) : x.normal(m, k), transB ? x.normal(n, k) : x.normal(k, n)];
      const plus = beta === undefined ? undefined : x.normal(m, n);
      await compare([matmul(a, b, { transA, transB, alpha, beta, plus })], x.feeds, where);
    }),
    150,
  );
});

test('a product whose first operand is stored as columns far apart', { skip }, async () => {
  for (const m of [512, 513, 700])
    for (const where of everywhere) {
      const x = createDraw(m);
      await compare([matmul(x.normal(9, m), x.normal(9, 70), { transA: true })], x.feeds, where);
    }
});

test('a product of so many terms that they are summed in blocks', { skip }, async () => {
  for (const [k, transA, transB, alpha, beta] of [
    [2049, false, false, 1, undefined],
    [2064, true, true, 0.5, 2],
    [6200, false, true, -1, 1],
    [4097, true, false, 1, undefined],
  ] as const) {
    const [m, n] = [transA ? 520 : 20, 20];
    const x = createDraw(k);
    const [a, b] = [transA ? x.normal(k, m) : x.normal(m, k), transB ? x.normal(n, k) : x.normal(k, n)];
    const plus = beta === undefined ? undefined : x.normal(m, n);
    for (const where of everywhere)
      await compare([matmul(a, b, { transA, transB, alpha, beta, plus })], x.feeds, where);
  }
});

test('a product with rows far apart', { skip }, async () => {
  const x = createDraw(1);
  for (const where of everywhere)
    await compare([matmul(x.normal(70, 20), x.normal(20, 530), { alpha: 3 })], x.feeds, where);
});

// The kernels of self-attention and of its gradient: random shapes, scores far apart,
// and shapes that have no kernel.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDraw } from '../../../../graph/differences.testing.ts';
import { attention } from '../../../../graph/ops/attention.ts';
import { rotary } from '../../../../graph/ops/rotary.ts';
import { reshape, split } from '../../../../graph/ops/shape.ts';
import { fuseOperations } from '../../../../graph/passes/fused/registry.ts';
import type { Tensor } from '../../../../graph/tensor.ts';
import { noKernels as skip } from '../../../run-graph.testing.ts';
import { check, compare, compareFused, countOf, inEverySet, where } from './compare.testing.ts';
import { kernelOf } from './registry.ts';

/** Heads as the model makes them, from one product. */
function selfAttention(
  qkv: Tensor,
  { length, heads, theta, causal }: { length: number; heads: number; theta: number | null; causal: boolean },
): Tensor {
  const [rows, columns] = qkv.shape;
  const dim = columns / 3;
  const shape = [length, (rows / length) * heads, 1, dim / heads];
  const [q, k, v] = split(qkv, 1, [dim, dim, dim]).map((part) => reshape(part, shape));
  const [turnedQ, turnedK] = [q, k].map((part) => (theta === null ? part : rotary(part, theta)));
  return reshape(attention(turnedQ, turnedK, v, { scale: 1 / Math.sqrt(dim / heads), causal }), [rows, dim]);
}

test('self-attention and its gradient', { skip }, () =>
  check(
    fc.asyncProperty(
      fc.record({
        length: fc.constantFrom(16, 32, 48, 64, 80, 128),
        width: fc.constantFrom(16, 32, 64),
        heads: fc.integer({ min: 1, max: 3 }),
        sequences: fc.integer({ min: 1, max: 3 }),
        theta: fc.constantFrom(null, 100),
        causal: fc.boolean(),
        where,
      }),
      ({ width, sequences, where, ...rest }) =>
        compareFused(
          width,
          where,
          (x) => selfAttention(x.normal(rest.length * sequences, 3 * width * rest.heads), rest),
          ['selfAttention', 'selfAttentionGrad'],
        ),
    ),
    25,
  ),
);

inEverySet('self-attention of scores far apart', async (_, set) => {
  const x = createDraw(1);
  const out = selfAttention(x.normal(64, 48), { length: 64, heads: 1, theta: null, causal: true });
  const [fused] = fuseOperations([out], () => true);
  // Scores of some hundreds: e to that power is no float32. They are exact to about 1e-5.
  const feeds = { input0: x.feeds.input0.map((value) => 20 * value) };
  await compare([fused], feeds, { threads: 1, set }, [out], 1e-3);
});

inEverySet('self-attention as long as there is a kernel for, and longer', async (_, set) => {
  const rest = { heads: 1, theta: 1000, causal: true };
  const where = { threads: 2, set };
  const build = (x: ReturnType<typeof createDraw>) =>
    selfAttention(x.normal(256, 48), { length: 256, ...rest });
  await compareFused(1, where, build, ['selfAttentionGrad']);
  for (const [length, width] of [
    [272, 16],
    [set.lanes + 4, 16],
    [32, 3 * set.lanes],
  ]) {
    const x = createDraw(1);
    const out = selfAttention(x.normal(length, 3 * width), { length, ...rest });
    const [same] = fuseOperations([out], (node) => kernelOf(node, 1, set) !== undefined);
    assert.equal(countOf([same], 'selfAttention'), 0, `length ${length}, width ${width}`);
  }
});

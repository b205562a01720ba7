// For tests: graphs as kernels compute them, against the float64 evaluator.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { difference } from '../../graph/differences.testing.ts';
import { evaluate } from '../../graph/reference.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { runGraph } from '../run-graph.testing.ts';

const FLOAT32 = 2e-5;

type Feeds = Parameters<typeof evaluate>[1];

/** `tensors` as kernels compute them against the meaning of `expected`. */
export async function compare(
  tensors: readonly Tensor[],
  feeds: Feeds,
  threads: number,
  expected: readonly Tensor[] = tensors,
  tolerance = FLOAT32,
): Promise<void> {
  const named = Object.fromEntries(tensors.map((t, i) => [`output${i}`, t]));
  const found = await runGraph(named, feeds, threads);
  evaluate(expected, feeds).forEach(({ data }, i) => {
    const error = difference(found[`output${i}`], data);
    assert.ok(error < tolerance, `output ${i} of ${tensors.length}: off by ${error}`);
  });
}

/** Three share out heads of several sequences. */
export const threads = fc.constantFrom(1, 2, 3);
export const check = (property: fc.IAsyncProperty<unknown>, runs: number) =>
  fc.assert(property as fc.IAsyncProperty<[unknown]>, { numRuns: runs, seed: 1 });

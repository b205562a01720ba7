// For tests: graphs as kernels compute them, against the float64 evaluator.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { VectorSet } from '../../../../assembly/x64/vectors.ts';
import { difference } from '../../../../graph/differences.testing.ts';
import { evaluate } from '../../../../graph/reference.ts';
import type { Tensor } from '../../../../graph/tensor.ts';
import { runGraph, vectorSets } from '../../../run-graph.testing.ts';
import { hostWith } from '../../host.ts';

const FLOAT32 = 2e-5;

/** How many threads, in which instruction set. */
export interface Where {
  threads: number;
  set: VectorSet;
}

type Feeds = Parameters<typeof evaluate>[1];

/** `tensors` as kernels compute them against the meaning of `expected`. */
export async function compare(
  tensors: readonly Tensor[],
  feeds: Feeds,
  { threads, set }: Where,
  expected: readonly Tensor[] = tensors,
  tolerance = FLOAT32,
): Promise<void> {
  const named = Object.fromEntries(tensors.map((t, i) => [`output${i}`, t]));
  const found = await runGraph(
    named,
    feeds,
    threads,
    hostWith(() => set),
  );
  evaluate(expected, feeds).forEach(({ data }, i) => {
    const error = difference(found[`output${i}`], data);
    assert.ok(error < tolerance, `output ${i} of ${tensors.length}: off by ${error} (${set.name})`);
  });
}

/** Every instruction set of this processor; three threads share out heads of several sequences. */
export const where = fc.record({ threads: fc.constantFrom(1, 2, 3), set: fc.constantFrom(...vectorSets) });
/** Every instruction set of this processor, with one thread and with two. */
export const everywhere: readonly Where[] = vectorSets.flatMap((set) =>
  [1, 2].map((threads) => ({ threads, set })),
);
export const check = (property: fc.IAsyncProperty<unknown>, runs: number) =>
  fc.assert(property as fc.IAsyncProperty<[unknown]>, { numRuns: runs, seed: 1 });

// For tests: graphs as kernels compute them, against the float64 evaluator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { VectorSet } from '../../../../assembly/x64/vectors.ts';
import { createDraw, difference, dot } from '../../../../graph/differences.testing.ts';
import { gradients } from '../../../../graph/grad.ts';
import { fuseOperations } from '../../../../graph/passes/fused/registry.ts';
import { fuseResiduals } from '../../../../graph/passes/fused/rms-norm.ts';
import { evaluate } from '../../../../graph/reference.ts';
import { reachable, type Tensor } from '../../../../graph/tensor.ts';
import { runGraph, noKernels as skip, vectorSets } from '../../../run-graph.testing.ts';
import { hostWith } from '../../host.ts';
import { kernelOf } from './registry.ts';

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

/** How many nodes of that operation there are below `tensors`. */
export const countOf = (tensors: readonly Tensor[], name: string) =>
  reachable(tensors).filter(({ op }) => op.name === name).length;

/**
 * Values and gradients of what `build` makes, fused, against the same unfused; `names`
 * are operations that it has then.
 */
export async function compareFused(
  seed: number,
  where: Where,
  build: (x: ReturnType<typeof createDraw>) => Tensor,
  names: string[],
): Promise<void> {
  const x = createDraw(seed);
  const out = build(x);
  const loss = dot(out, x.normal(...out.shape));
  const wrt = x.floats().slice(0, -1);
  const [fused, fusedOut] = fuseOperations(
    [loss, out],
    (node) => kernelOf(node, where.threads, where.set) !== undefined,
  );
  // Not the loss: a long sum of ONNX Runtime's, of terms that cancel.
  const all = fuseResiduals([fusedOut, ...gradients(fused, wrt)]);
  for (const name of names) assert.ok(countOf(all, name) > 0, `no ${name} in the graph`);
  await compare(all, x.feeds, where, [out, ...gradients(loss, wrt)]);
}

/** Every instruction set of this processor; three threads share out heads of several sequences. */
export const where = fc.record({ threads: fc.constantFrom(1, 2, 3), set: fc.constantFrom(...vectorSets) });
/** Every instruction set of this processor, with one thread and with two. */
export const everywhere: readonly Where[] = vectorSets.flatMap((set) =>
  [1, 2].map((threads) => ({ threads, set })),
);
export const check = (property: fc.IAsyncProperty<unknown>, runs: number) =>
  fc.assert(property as fc.IAsyncProperty<[unknown]>, { numRuns: runs, seed: 1 });

type Run = (
  outputs: Record<string, Tensor>,
  feeds: Record<string, ArrayLike<number>>,
) => Promise<Record<string, Float32Array>>;

/** A test in every instruction set of this processor, with a way to run graphs in it. */
export function inEverySet(name: string, body: (run: Run, set: VectorSet) => Promise<void>): void {
  if (skip) test(name, { skip }, () => {});
  for (const set of vectorSets)
    test(`${name} (${set.name})`, () =>
      body(
        (outputs, feeds) =>
          runGraph(
            outputs,
            feeds,
            1,
            hostWith(() => set),
          ),
        set,
      ));
}

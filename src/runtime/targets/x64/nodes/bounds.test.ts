// Kernels read and write nothing behind their operands: each operand ends where
// a page begins that may not be touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Convention, microsoft, systemV } from '../../../../assembly/x64/convention.ts';
import type { VectorSet } from '../../../../assembly/x64/vectors.ts';
import koffi from '../../../ffi.ts';
import { noKernels as skip, vectorSets } from '../../../run-graph.testing.ts';
import { functionOf } from '../../ort/kernel-call.ts';
import { callAsWindows } from '../microsoft.testing.ts';
import { findMachineCode } from '../pages.ts';
import { crossEntropy } from './cross-entropy.ts';
import type { Kernel } from './kernel.ts';
import { gather, scatterRows } from './lookup.ts';
import { product } from './product.ts';
import { rmsNorm, rmsNormGrad } from './rms-norm.ts';
import { selfAttention } from './self-attention.ts';
import { selfAttentionGrad } from './self-attention-grad.ts';
import { swiglu, swigluGrad } from './swiglu.ts';

const PAGE = 4096;
const [READ_WRITE, PRIVATE_ANONYMOUS, NONE] = [3, 0x22, 0];

/**
 * Zeros, so many bytes, before a page that may not be touched: their address. They
 * stay until the process ends.
 */
function atEndOfPages(bytes: number): number {
  const libc = koffi.load(null);
  const map = libc.func('mmap', 'uintptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
  const protect = libc.func('mprotect', 'int', ['uintptr_t', 'size_t', 'int']);
  const size = PAGE * Math.ceil(bytes / PAGE);
  const start = map(0, size + PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
  assert.equal(protect(start + size, PAGE, NONE), 0);
  return start + size - bytes;
}

/** Ways to call a kernel: as on this system, and as on Windows. */
const CALLS: readonly [Convention, (code: Uint8Array, table: number) => void][] = [
  [systemV, (code, table) => findMachineCode().machineCode!.link(code)(table)],
  [microsoft, callAsWindows],
];

/** Runs a kernel for one thread; `operands` are the bytes of inputs and outputs, in their order. */
function runKernel(
  set: VectorSet,
  { tasks, after, scratch, tables = [] }: Kernel,
  operands: readonly number[],
): void {
  const { machineCode } = findMachineCode();
  const sizes = [...operands, ...[...scratch, ...tables.map(({ length }) => length)].map((n) => 4 * n)];
  const table = BigInt64Array.from(sizes, (bytes) => BigInt(atEndOfPages(bytes)));
  for (const [convention, call] of CALLS)
    for (const emit of after ? [...tasks, after] : tasks)
      call(functionOf({ set, convention }, emit), machineCode!.address(table.buffer));
}

// A crash ends the whole file, which fails then.
for (const set of vectorSets)
  test(`kernels stay inside of their operands, and keep the registers that they must (${set.name})`, () => {
    const floats = (...sizes: number[]) => sizes.map((size) => 4 * size);
    const run = (kernel: Kernel, operands: readonly number[]) => runKernel(set, kernel, operands);
    for (const [transA, transB] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ])
      for (const beta of [undefined, 1])
        for (const [m, n, k] of [
          [1, 1, 1],
          [7, 13, 5],
          [70, 27, 33],
          [13, 515, 19],
          [515, 13, 300],
        ])
          run(
            product({ m, n, k, transA, transB, alpha: 1, beta }, 1, set),
            floats(m * k, k * n, ...(beta ? [m * n] : []), m * n),
          );
    for (const width of [1, 15, 37, 130]) {
      const [all, ids] = [3 * width, 8 * 3];
      run(crossEntropy(3, width, 1), [4 * all, ids, 4, 4 * all]);
      run(swiglu(all, 1), floats(all, all, all));
      run(swigluGrad(all, 1), floats(all, all, all, all, all));
      const norm = { rows: 3, width, eps: 1e-5 };
      run(rmsNorm(norm, 1), floats(all, width, all, 3));
      run(rmsNormGrad(norm, false, 1), floats(all, width, 3, all, all, width));
      run(rmsNormGrad(norm, true, 1), floats(all, width, 3, all, all, all, width));
      const lookup = { rows: 5, width, ids: 3 };
      run(gather(lookup, 1), [20 * width, ids, 4 * all]);
      run(scatterRows(lookup, false), [4 * all, ids, 20 * width]);
    }
    for (const [length, width] of [
      [16, 16],
      [16, 32],
      [48, 16],
      [64, 64],
    ])
      for (const causal of [false, true])
        for (const theta of [null, 10_000]) {
          const heads = { length, sequences: 2, heads: 3, width, theta, scale: 0.5, causal };
          const mixed = length * 2 * 3 * width;
          const scores = 2 * 3 * length * length;
          run(selfAttention(heads, 1, set), floats(3 * mixed, mixed, scores));
          run(selfAttentionGrad(heads, 1, set), floats(3 * mixed, mixed, scores, mixed, 3 * mixed));
        }
  });
if (skip) test('kernels stay inside of their operands', { skip }, () => {});

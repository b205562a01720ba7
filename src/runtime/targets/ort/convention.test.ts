// Functions written for Microsoft's convention give the bits of those for System V. They run here, called by
// code of GCC's as on Windows, and calling stand-ins for ONNX Runtime that GCC made, too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { microsoft, systemV } from '../../../assembly/x64/convention.ts';
import { createRng } from '../../../core/rng.ts';
import { exp } from '../../../graph/ops/elementwise.ts';
import { input } from '../../../graph/ops/source.ts';
import { abs, add, buffer, div, scalar, sqrt } from '../../../optim/expr.ts';
import type { MachineCode } from '../../backend.ts';
import koffi from '../../ffi.ts';
import { bits, memories } from '../../passes/bed.testing.ts';
import { compilePass } from '../../passes/pass.ts';
import { noKernels as skip, vectorSets } from '../../run-graph.testing.ts';
import { compileReductions } from '../wasm/reductions.ts';
import { callAsWindows, recorded, STAND_INS } from '../x64/microsoft.testing.ts';
import { crossEntropy } from '../x64/nodes/cross-entropy.ts';
import type { Kernel } from '../x64/nodes/kernel.ts';
import { product } from '../x64/nodes/product.ts';
import { selfAttention } from '../x64/nodes/self-attention.ts';
import { swiglu } from '../x64/nodes/swiglu.ts';
import { findMachineCode } from '../x64/pages.ts';
import { createOp } from './custom-op.ts';
import { functionOf, kernelCall } from './kernel-call.ts';

const { machineCode } = findMachineCode();
type Buffer = Float32Array | BigInt64Array;
const addressOf = (of: Buffer) => machineCode!.address(of.buffer) + of.byteOffset;

/** All that the kernel writes, its tasks called one by one. */
function directly(set: (typeof vectorSets)[number], kernel: Kernel, inputs: Buffer[], outputs: number[]) {
  const written = [...outputs, ...kernel.scratch].map((size) => new Float32Array(size));
  const table = BigInt64Array.from([...inputs, ...written, ...(kernel.tables ?? [])], (one) =>
    BigInt(addressOf(one)),
  );
  for (const emit of kernel.after ? [...kernel.tasks, kernel.after] : kernel.tasks)
    machineCode!.link(functionOf({ set, convention: systemV }, emit))(addressOf(table));
  return written.map(bits);
}

/** The same by the whole function, called as on Windows. */
function asOnWindows(set: (typeof vectorSets)[number], kernel: Kernel, inputs: Buffer[], outputs: number[]) {
  const sizes = [...outputs, ...kernel.scratch];
  const written = sizes.map((size) => new Float32Array(size));
  const kept: Buffer[] = [];
  const keep = (values: Buffer) => {
    kept.push(values);
    return addressOf(values);
  };
  const called = Object.fromEntries(STAND_INS.map((name) => [name, machineCode!.place(recorded(name))]));
  const code = kernelCall(
    { set, convention: microsoft },
    kernel,
    { inputs: inputs.length, outputs: sizes.map((size) => [7, size]) },
    {
      called: called as Parameters<typeof kernelCall>[3]['called'],
      code: machineCode!.place,
      numbers: (values) => keep(BigInt64Array.from(values, BigInt)),
      table: keep,
    },
  );
  const context = new BigInt64Array(64);
  context.set(inputs.map((one) => BigInt(addressOf(one))));
  context.set(
    written.map((one) => BigInt(addressOf(one))),
    16,
  );
  assert.equal(callAsWindows(code, 1, addressOf(context)), 0n);
  // Of the shapes asked for, how many dimensions in all, and the last one; how many tasks there were.
  const tasks = kernel.tasks.length > 1 ? kernel.tasks.length : 0;
  assert.deepEqual([...context.subarray(32, 35)].map(Number), [2 * sizes.length, sizes.at(-1), tasks]);
  return written.map(bits);
}

for (const set of vectorSets)
  test(`kernels called as on Windows have the same bits (${set.name})`, () => {
    const rng = createRng(1, 'convention');
    const normals = (size: number) => Float32Array.from({ length: size }, () => rng.normal());
    const targets = BigInt64Array.of(3n, 0n, 16n, 9n, 2n);
    const heads = { length: 16, sequences: 1, heads: 2, width: 16, theta: 10_000, scale: 0.5, causal: true };
    const cases: [Kernel, Buffer[], number[]][] = [
      [swiglu(37, 1), [normals(37), normals(37)], [37]],
      [swiglu(100, 3), [normals(100), normals(100)], [100]],
      [product({ m: 7, n: 13, k: 5, alpha: 1 } as never, 2, set), [normals(35), normals(65)], [91]],
      [crossEntropy(5, 17, 2), [normals(85), targets], [1, 85]],
      [selfAttention(heads, 1, set), [normals(3 * 512)], [512, 512]],
    ];
    for (const [kernel, inputs, outputs] of cases)
      assert.deepEqual(asOnWindows(set, kernel, inputs, outputs), directly(set, kernel, inputs, outputs));
  });
if (skip) test('kernels called as on Windows have the same bits', { skip }, () => {});

const windows = (): MachineCode => ({
  ...machineCode!,
  convention: microsoft,
  link: (code) => (argument) => {
    callAsWindows(code, argument);
  },
});

test('passes called as on Windows have the same bits', { skip: machineCode ? false : skip }, () => {
  const memory = memories()['32 bits'];
  const [x, y] = [buffer('x'), buffer('y')];
  const run = (machineCode: MachineCode, name: string) => {
    const [from, to] = [4, 4096].map((at) => new Float32Array(memory.buffer, at, 203));
    from.forEach((_, i) => {
      from[i] = Math.sin(i) * 10 ** (i % 5);
      to[i] = Math.cos(i);
    });
    // Functions are kept by what they compute: a scalar's name tells these two apart.
    const values = [div(add(x, y), add(sqrt(abs(y)), scalar(name)))];
    const pass = compilePass({ buffers: ['y'], values, squares: [x, y] }, { memory, machineCode });
    const at = { x: from.byteOffset, y: to.byteOffset };
    return { sums: pass(at, { offset: 0, size: 203 }, { [name]: 0.3 }), y: bits(to) };
  };
  const found = run(windows(), 'windows');
  assert.deepEqual(found, run(machineCode!, 'linux'));
  assert.ok(found.sums.every((sum) => sum > 0));
});

test('a sum of squares called as on Windows is the same', { skip: machineCode ? false : skip }, () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  new Float32Array(memory.buffer, 0, 99).forEach((_, i, all) => {
    all[i] = i / 7;
  });
  const expected = compileReductions({ memory }).sumSquares(0, 99);
  assert.equal(compileReductions({ memory, machineCode: windows() }).sumSquares(0, 99), expected);
});

test('what an operation says of itself is read as on Windows', { skip }, () => {
  const y = exp(input('x', [4]));
  const kernel: Kernel = { tasks: [() => {}], scratch: [8], inPlace: { input: 0, output: 0 } };
  const { address } = createOp('told', y.node, kernel, vectorSets[0], windows());
  // struct OrtCustomOp: a version, then addresses of functions.
  const struct = new BigInt64Array(koffi.view(address, 8 * 27));
  const told = (member: number, first = 0, second = 0) =>
    Number(callAsWindows(Number(struct[member]), first, second));
  const [inputType, inputs, outputType, outputs, mayInPlace] = [4, 5, 6, 7, 22];
  assert.deepEqual([told(inputType, 1, 0), told(outputType, 1, 1)], [1, 1]);
  assert.deepEqual([told(inputs), told(outputs)], [1, 2]);
  const places = new BigInt64Array(2);
  assert.equal(told(mayInPlace, addressOf(places), addressOf(places) + 8), 1);
  const first = (pointer: bigint) => new Int32Array(koffi.view(Number(pointer), 4))[0];
  assert.deepEqual([...places].map(first), [0, 0]);
});

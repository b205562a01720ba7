// Kernels of ours as custom operations of ONNX Runtime: a struct of functions for each,
// all of them machine code.
import { Assembler } from '../../../assembly/x64/assembler.ts';
import type { Convention } from '../../../assembly/x64/convention.ts';
import { rax } from '../../../assembly/x64/operands.ts';
import type { VectorSet } from '../../../assembly/x64/vectors.ts';
import { CUSTOM, elementType } from '../../../graph/onnx/proto.ts';
import type { Node } from '../../../graph/tensor.ts';
import type { GraphKernels, MachineCode } from '../../backend.ts';
import type { Kernel } from '../x64/nodes/kernel.ts';
import { kernelOf, keyOf } from '../x64/nodes/registry.ts';
import { kernelCall } from './kernel-call.ts';
import { made, ortLibrary } from './library.ts';

/** Of struct OrtCustomOp: the members up to ReleaseAliasMap, which later versions only add to. */
const VERSION = 18;
/** Functions begin at multiples of this, as the constants behind them do. */
const ALIGNMENT = 64;

export interface CustomOp {
  /** The type of its nodes. */
  type: string;
  /** float32 of its outputs beyond those of the node. */
  scratch: readonly number[];
  /** The struct. */
  address: number;
}

/** Data and code of all custom operations stay until the process ends. */
const kept: ArrayBufferLike[] = [];
const ops = new Map<string, CustomOp | undefined>();

function customOp(
  node: Node,
  threads: number,
  set: VectorSet,
  machineCode: MachineCode,
): CustomOp | undefined {
  const key = `${set.name} ${keyOf(node, threads)}`;
  if (!ops.has(key)) {
    const kernel = kernelOf(node, threads, set);
    ops.set(key, kernel && createOp(`${node.op.name}:${ops.size}`, node, kernel, set, machineCode));
  }
  return ops.get(key);
}

/** A function that needs no vectors and keeps no registers. */
function plain(emit: (a: Assembler) => void): Uint8Array {
  const a = new Assembler();
  emit(a);
  a.ret();
  return a.finish();
}

/** The operation of that name that computes `node` by `kernel`. */
export function createOp(
  type: string,
  node: Node,
  kernel: Kernel,
  set: VectorSet,
  machineCode: MachineCode,
): CustomOp {
  const name = new TextEncoder().encode(`${type}\0`);
  const outputs = [...node.outputs.map(({ shape }) => shape), ...kernel.scratch.map((size) => [size])];
  const inputs = node.inputs.length;
  const [, second, , fourth] = machineCode.convention.carried;
  const keep = (buffer: ArrayBufferLike) => {
    kept.push(buffer);
    return machineCode.address(buffer);
  };
  const numbers = (values: readonly number[]) =>
    keep(BigInt64Array.from(values.length > 0 ? values : [0], BigInt).buffer);
  const compute = kernelCall(
    { set, convention: machineCode.convention },
    kernel,
    { inputs, outputs },
    {
      called: ortLibrary().called,
      code: (code) => machineCode.place(code),
      numbers,
      table: (values) => keep(values.buffer) + values.byteOffset,
    },
  );
  const returning = (value: number) => plain((a) => a.setLong(rax, value));
  /** The element of a table that the second argument says. */
  const chosen = (values: number[]) =>
    plain((a) => {
      a.setLong(rax, numbers(values));
      a.multiply(second, second, 8);
      a.addRegister(rax, second);
      a.load(rax, { base: rax, offset: 0 });
    });
  const nothing = returning(0);
  const members: (Uint8Array | null)[] = [
    // CreateKernel, which CreateKernelV2 stands for.
    null,
    returning(keep(name.buffer)),
    // GetExecutionProviderType: null, the processor.
    nothing,
    chosen(node.inputs.map(({ dtype }) => elementType[dtype])),
    returning(inputs),
    chosen(outputs.map(() => elementType.float32)),
    returning(outputs.length),
    // KernelCompute, which KernelComputeV2 stands for; KernelDestroy.
    ...[null, nothing],
    // Characteristics of inputs and outputs: required. Memory of inputs: the usual.
    ...[nothing, nothing, nothing],
    // Of variable numbers of inputs and outputs: there are none.
    ...[nothing, nothing, nothing, nothing],
    // CreateKernelV2: kernels of an operation do not differ, but null would be an error.
    plain((a) => {
      a.set(rax, 1);
      a.store({ base: fourth, offset: 0 }, rax);
      a.set(rax, 0);
    }),
    compute,
    // The shapes of outputs are in the graph; every version of the operation.
    ...[null, null, null],
    ...mayInplace(kernel, machineCode.convention, numbers),
    // Outputs that always are where inputs are: there are none.
    ...[null, null],
  ];
  const struct = numbers([VERSION, ...placeAll(members, machineCode)]);
  return { type, scratch: kernel.scratch, address: struct };
}

/** GetMayInplace(int** inputs, int** outputs), which gives the number of pairs, and ReleaseMayInplace. */
function mayInplace(
  { inPlace }: Kernel,
  { carried: [first, second] }: Convention,
  numbers: (values: readonly number[]) => number,
): (Uint8Array | null)[] {
  if (!inPlace) return [null, null];
  const pair = plain((a) => {
    for (const [to, index] of [
      [first, inPlace.input],
      [second, inPlace.output],
    ]) {
      a.setLong(rax, numbers([index]));
      a.store({ base: to, offset: 0 }, rax);
    }
    a.set(rax, 1);
  });
  return [pair, plain(() => {})];
}

/** Addresses of functions, in pages of their own; null is 0. */
function placeAll(functions: readonly (Uint8Array | null)[], machineCode: MachineCode): number[] {
  let size = 0;
  const pieces = functions.map((bytes) => {
    const offset = size;
    size += Math.ceil((bytes?.length ?? 0) / ALIGNMENT) * ALIGNMENT;
    return { bytes, offset };
  });
  const all = new Uint8Array(size);
  for (const { bytes, offset } of pieces) if (bytes) all.set(bytes, offset);
  const start = machineCode.place(all);
  return pieces.map(({ bytes, offset }) => (bytes ? start + offset : 0));
}

/** Custom operations for the nodes of one graph; `used` are those that were asked for. */
export interface CustomKernels extends GraphKernels {
  used: Set<CustomOp>;
}

export function customKernels(threads: number, set: VectorSet, machineCode: MachineCode): CustomKernels {
  const used = new Set<CustomOp>();
  return {
    used,
    of(node) {
      const op = customOp(node, threads, set, machineCode);
      if (op) used.add(op);
      return op;
    },
  };
}

/** A domain with these operations, for the options of a session; to be released after the session. */
export function createDomain(used: Iterable<CustomOp>): bigint {
  const { api } = ortLibrary();
  const domain = made((out) => api.CreateCustomOpDomain(CUSTOM, out));
  for (const { address } of used) api.CustomOpDomain_Add(domain, address);
  return domain;
}

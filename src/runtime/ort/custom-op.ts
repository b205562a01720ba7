// Kernels of ours as custom operations of ONNX Runtime: a struct of functions for each, all of them machine code.
import { bytesOf, type Code, ret } from '../../core/x64-code.ts';
import { CUSTOM, elementType } from '../../graph/onnx/proto.ts';
import type { Node } from '../../graph/tensor.ts';
import type { GraphKernels, MachineCode } from '../backend.ts';
import type { Kernel } from '../native/kernel.ts';
import { kernelOf, keyOf } from '../native/registry.ts';
import { kernelCall, setResult } from './kernel-call.ts';
import { made, ortLibrary } from './library.ts';

/** Of struct OrtCustomOp: the members up to ReleaseAliasMap, which later versions only add to. */
const VERSION = 18;
/** Functions begin at multiples of this. */
const ALIGNMENT = 16;

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

function customOp(node: Node, threads: number, machineCode: MachineCode): CustomOp | undefined {
  const key = keyOf(node, threads);
  if (!ops.has(key)) {
    const kernel = kernelOf(node, threads);
    ops.set(key, kernel && createOp(`${node.op.name}:${ops.size}`, node, kernel, machineCode));
  }
  return ops.get(key);
}

/** The operation of that name that computes `node` by `kernel`. */
export function createOp(type: string, node: Node, kernel: Kernel, machineCode: MachineCode): CustomOp {
  const name = new TextEncoder().encode(`${type}\0`);
  const outputs = [...node.outputs.map(({ shape }) => shape), ...kernel.scratch.map((size) => [size])];
  const inputs = node.inputs.length;
  const keep = (buffer: ArrayBufferLike) => {
    kept.push(buffer);
    return machineCode.address(buffer);
  };
  const numbers = (values: readonly number[]) =>
    keep(BigInt64Array.from(values.length > 0 ? values : [0], BigInt).buffer);
  const compute = kernelCall(
    kernel,
    { inputs, outputs },
    {
      called: ortLibrary().called,
      code: (code) => machineCode.place(bytesOf(code)),
      numbers,
      table: (values) => keep(values.buffer) + values.byteOffset,
    },
  );
  const returning = (value: number): Code => [...setResult(value), ...ret];
  /** The element of a table that the second argument says: mov rax, [rax + rsi * 8]. */
  const chosen = (values: number[]): Code => [
    ...setResult(numbers(values)),
    [0x48, 0x8b, 0x04, 0xf0],
    ...ret,
  ];
  const nothing = returning(0);
  const members: (Code | null)[] = [
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
    ...[null, ret],
    // Characteristics of inputs and outputs: required. Memory of inputs: the usual.
    ...[nothing, nothing, nothing],
    // Of variable numbers of inputs and outputs: there are none.
    ...[nothing, nothing, nothing, nothing],
    // CreateKernelV2: kernels of an operation do not differ, but null would be an error: mov [rcx], 1.
    [[0x48, 0xc7, 0x01, 1, 0, 0, 0], ...nothing],
    compute,
    // The shapes of outputs are in the graph; every version of the operation.
    ...[null, null, null],
    ...mayInplace(kernel, numbers),
    // Outputs that always are where inputs are: there are none.
    ...[null, null],
  ];
  const struct = numbers([VERSION, ...placeAll(members, machineCode)]);
  return { type, scratch: kernel.scratch, address: struct };
}

/**
 * GetMayInplace(int** inputs, int** outputs), which gives the number of pairs, and ReleaseMayInplace.
 * mov [rdi], rax; mov [rsi], rax
 */
function mayInplace({ inPlace }: Kernel, numbers: (values: readonly number[]) => number): (Code | null)[] {
  if (!inPlace) return [null, null];
  const { input, output } = inPlace;
  return [
    [
      ...[...setResult(numbers([input])), [0x48, 0x89, 0x07]],
      ...[...setResult(numbers([output])), [0x48, 0x89, 0x06]],
      ...[...setResult(1), ...ret],
    ],
    ret,
  ];
}

/** Addresses of functions, in pages of their own; null is 0. */
function placeAll(functions: readonly (Code | null)[], machineCode: MachineCode): number[] {
  let size = 0;
  const pieces = functions.map((code) => {
    const bytes = code && bytesOf(code);
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

export function customKernels(threads: number, machineCode: MachineCode): CustomKernels {
  const used = new Set<CustomOp>();
  return {
    used,
    of(node) {
      const op = customOp(node, threads, machineCode);
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

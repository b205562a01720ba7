// Kernels of ours as custom operations of ONNX Runtime: a struct of functions for each, all of them machine code.
import { type At, bytesOf, type Code, clearUpper, i64, ifBelow, rdi, ret } from '../../core/x64-code.ts';
import { CUSTOM, elementType } from '../../graph/onnx/proto.ts';
import type { Node } from '../../graph/tensor.ts';
import type { GraphKernels, MachineCode } from '../backend.ts';
import { kernelOf, keyOf } from '../native/registry.ts';
import { made, ortLibrary } from './library.ts';

/** Of struct OrtCustomOp: the members up to GetOutputCharacteristic, which later versions only add to. */
const VERSION = 12;

export interface CustomOp {
  /** The type of its nodes. */
  type: string;
  /** float32 of its outputs beyond those of the node. */
  scratch: readonly number[];
  /** The struct. */
  address: number;
}

const [rax, rcx, rdx, rbx, rsp, rbp, rsi] = [0, 1, 2, 3, 4, 5, 6];
const r8 = 8;
const KEPT = [rbx, rbp, 12, 13, 14, 15];
const short = (opcode: number, register: number): Code => [
  [...(register > 7 ? [0x41] : []), opcode | (register & 7)],
];
const push = (register: number) => short(0x50, register);
const pop = (register: number) => short(0x58, register);
const setRax = (value: number): Code => [
  [0x48, 0xb8, ...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)],
];
const callRax: Code = [[0xff, 0xd0]];

const restore: Code = [...[...KEPT].reverse().flatMap(pop), ...ret];

/** A function of a table and a number, which says which of the tasks. */
const oneOf = (tasks: readonly Code[]): Code => [
  ...KEPT.flatMap(push),
  ...tasks.reduceRight<Code>((others, task, i) => ifBelow(rsi, i + 1, task, others), []),
  ...clearUpper,
  ...restore,
];

/** Data and code of all custom operations stay until the process ends. */
const kept: ArrayBufferLike[] = [];
const ops = new Map<string, CustomOp | undefined>();

function customOp(node: Node, threads: number, machineCode: MachineCode): CustomOp | undefined {
  const key = keyOf(node, threads);
  if (!ops.has(key)) ops.set(key, createOp(node, threads, machineCode));
  return ops.get(key);
}

function createOp(node: Node, threads: number, machineCode: MachineCode): CustomOp | undefined {
  const kernel = kernelOf(node, threads);
  if (!kernel) return undefined;
  const type = `${node.op.name}:${ops.size}`;
  const place = (code: Code) => machineCode.place(bytesOf(code));
  const { called } = ortLibrary();
  const data = (values: bigint[]): number => {
    const { buffer } = BigInt64Array.from(values.length > 0 ? values : [0n]);
    kept.push(buffer);
    return machineCode.address(buffer);
  };
  const outputs = [...node.outputs.map(({ shape }) => shape), ...kernel.scratch.map((size) => [size])];
  const inputs = node.inputs.length;
  const tables = kernel.tables ?? [];
  const room = 8 * (inputs + outputs.length + tables.length);
  // With the registers kept and the address to return to, the stack stays at a multiple of 16.
  const frame = Math.ceil(room / 16) * 16 + 8;
  const stack = (index: number): At => ({ base: rsp, offset: 8 * index });
  const call = (of: number): Code => [...setRax(of), ...callRax];
  const dataOf = (index: number): Code => [
    ...i64.load(rdi, stack(index)),
    ...i64.address(rsi, stack(index)),
    ...call(called.GetTensorMutableData),
  ];
  const { tasks } = kernel;
  const run: Code =
    tasks.length === 1
      ? [...i64.copy(rdi, rsp), ...tasks[0]]
      : [
          // (context, function, how many, in how many pieces, its first argument)
          ...[...i64.copy(rdi, rbx), ...setRax(place(oneOf(tasks))), ...i64.copy(rsi, rax)],
          ...[...i64.set(rdx, tasks.length), ...i64.copy(rcx, rdx), ...i64.copy(r8, rsp)],
          ...call(called.KernelContext_ParallelFor),
        ];
  const compute: Code = [
    ...KEPT.flatMap(push),
    ...i64.subConst(rsp, frame),
    ...i64.copy(rbx, rsi),
    ...node.inputs.flatMap((_, i) => [
      ...i64.copy(rdi, rbx),
      ...i64.set(rsi, i),
      ...i64.address(rdx, stack(i)),
      ...call(called.KernelContext_GetInput),
      ...dataOf(i),
    ]),
    ...outputs.flatMap((shape, i) => [
      ...i64.copy(rdi, rbx),
      ...i64.set(rsi, i),
      ...[...setRax(data(shape.map(BigInt))), ...i64.copy(rdx, rax)],
      ...i64.set(rcx, shape.length),
      ...i64.address(r8, stack(inputs + i)),
      ...call(called.KernelContext_GetOutput),
      ...dataOf(inputs + i),
    ]),
    ...tables.flatMap((table, i) => {
      kept.push(table.buffer);
      const address = machineCode.address(table.buffer) + table.byteOffset;
      return [...setRax(address), ...i64.store(stack(inputs + outputs.length + i), rax)];
    }),
    ...run,
    ...(kernel.after ? [...i64.copy(rdi, rsp), ...kernel.after] : []),
    ...clearUpper,
    ...i64.addConst(rsp, frame),
    ...restore,
  ];
  const returning = (value: number): Code => [...setRax(value), ...ret];
  /** The element of a table of 64-bit numbers that the second argument says: mov rax, [rax + rsi * 8]. */
  const chosen = (values: number[]): Code => [
    ...setRax(data(values.map(BigInt))),
    [0x48, 0x8b, 0x04, 0xf0],
    ...ret,
  ];
  const name = new TextEncoder().encode(`${type}\0`);
  kept.push(name.buffer);
  const members: Code[] = [
    // CreateKernel: there is nothing that differs between kernels, but null would be an error.
    returning(1),
    returning(machineCode.address(name.buffer)),
    // GetExecutionProviderType: null, the processor.
    returning(0),
    chosen(node.inputs.map(({ dtype }) => elementType[dtype])),
    returning(inputs),
    chosen(outputs.map(() => elementType.float32)),
    returning(outputs.length),
    compute,
    ret,
    // Characteristics: all inputs and outputs are required.
    returning(0),
    returning(0),
  ];
  const struct = data([BigInt(VERSION), ...members.map((code) => BigInt(place(code)))]);
  return { type, scratch: kernel.scratch, address: struct };
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

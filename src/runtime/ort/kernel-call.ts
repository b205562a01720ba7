// The function that ONNX Runtime calls to compute a node: it asks for the addresses of inputs and outputs, and runs the kernel on them.
import { type At, type Code, clearUpper, i64, ifBelow, rdi, ret, unlessBits } from '../../core/x64-code.ts';
import { count, type Kernel } from '../native/kernel.ts';
import type { OrtLibrary } from './library.ts';

const [rax, rcx, rdx, rbx, rsp, rbp, rsi] = [0, 1, 2, 3, 4, 5, 6];
const r8 = 8;
const KEPT = [rbx, rbp, 12, 13, 14, 15];
const save: Code = KEPT.flatMap(i64.push);
const restore: Code = [...KEPT.toReversed().flatMap(i64.pop), ...ret];

/** Sets the register of results. */
export const setResult = (value: number): Code => [
  [0x48, 0xb8, ...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)],
];
const call = (address: number): Code => [...setResult(address), [0xff, 0xd0]];
/** One after the other, as long as each leaves null: no error. */
const whileWell = (steps: readonly Code[], last: Code): Code =>
  steps.reduceRight((rest, step) => [...step, ...unlessBits(rax, -1, rest)], last);

/** A function of a table and a number, which says which of the tasks. */
const oneOf = (tasks: readonly Code[]): Code => [
  ...save,
  ...tasks.reduceRight<Code>((others, task, i) => ifBelow(rsi, i + 1, task, others), []),
  ...[...clearUpper, ...restore],
];

interface Place {
  called: OrtLibrary['called'];
  /** Addresses of the code, made executable, and of numbers that stay. */
  code(code: Code): number;
  numbers(values: readonly number[]): number;
  table(values: Float32Array): number;
}

/** KernelComputeV2(kernel, context) for a node with so many inputs and outputs of these shapes, the scratch included. */
export function kernelCall(
  { tasks, after, tables = [] }: Kernel,
  { inputs, outputs }: { inputs: number; outputs: readonly (readonly number[])[] },
  { called, code, numbers, table }: Place,
): Code {
  const all = inputs + outputs.length;
  // With the registers kept and the address to return to, the stack stays at a multiple of 16.
  const frame = Math.ceil((8 * (all + tables.length)) / 16) * 16 + 8;
  const stack = (index: number): At => ({ base: rsp, offset: 8 * index });
  const ofContext = (index: number): Code => [...i64.copy(rdi, rbx), ...i64.set(rsi, index)];
  const dataOf = (index: number): Code => [
    ...[...i64.load(rdi, stack(index)), ...i64.address(rsi, stack(index))],
    ...call(called.GetTensorMutableData),
  ];
  const input = (index: number): Code[] => [
    [...ofContext(index), ...i64.address(rdx, stack(index)), ...call(called.KernelContext_GetInput)],
    dataOf(index),
  ];
  const output = (shape: readonly number[], index: number): Code[] => [
    [
      ...[...setResult(numbers(shape)), ...i64.copy(rdx, rax), ...ofContext(index)],
      ...[...i64.set(rcx, shape.length), ...i64.address(r8, stack(inputs + index))],
      ...call(called.KernelContext_GetOutput),
    ],
    dataOf(inputs + index),
  ];
  const toTables = tables.flatMap((values, i) => [
    ...setResult(table(values)),
    ...i64.store(stack(all + i), rax),
  ]);
  const fine = setResult(0);
  const run: Code =
    tasks.length === 1
      ? [...i64.copy(rdi, rsp), ...tasks[0], ...fine]
      : [
          // (context, function, how many, in how many pieces, its first argument)
          ...[...setResult(code(oneOf(tasks))), ...i64.copy(rdi, rbx), ...i64.copy(rsi, rax)],
          ...[...i64.set(rdx, tasks.length), ...i64.copy(rcx, rdx), ...i64.copy(r8, rsp)],
          ...call(called.KernelContext_ParallelFor),
        ];
  const steps = [...count(inputs).flatMap(input), ...outputs.flatMap(output), [...toTables, ...run]];
  return [
    ...[...save, ...i64.subConst(rsp, frame), ...i64.copy(rbx, rsi)],
    ...whileWell(steps, after ? [...i64.copy(rdi, rsp), ...after, ...fine] : []),
    ...[...clearUpper, ...i64.addConst(rsp, frame), ...restore],
  ];
}

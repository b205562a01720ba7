// The function that ONNX Runtime calls to compute a node: it asks for the addresses of inputs and outputs,
// and runs the kernel on them.
import { Assembler } from '../../../assembly/x64/assembler.ts';
import type { Convention } from '../../../assembly/x64/convention.ts';
import { type Frame, writeCall, writeFunction } from '../../../assembly/x64/function.ts';
import { type At, rax, rbx, rdi, rsi } from '../../../assembly/x64/operands.ts';
import type { VectorSet, Vectors } from '../../../assembly/x64/vectors.ts';
import { type Emit, indexes, type Kernel } from '../x64/nodes/kernel.ts';
import type { OrtLibrary } from './library.ts';

/** For what a function is written. */
export interface Machine {
  set: VectorSet;
  convention: Convention;
}

/** Bytes of a function of a table. */
export function functionOf(
  { set, convention }: Machine,
  emit: (v: Vectors, room: At) => void,
  frame: Frame = { arguments: 1 },
): Uint8Array {
  const a = new Assembler();
  const v = set.create(a);
  writeFunction(a, convention, frame, (room) => emit(v, room));
  return a.finish();
}

/** Code of its own scope: what it takes is free afterwards. */
const apart = (v: Vectors, emit: Emit): void => v.scope(() => emit(v));

/** A function of a table and a number, which says which of the tasks. */
const oneOf = (machine: Machine, tasks: readonly Emit[]): Uint8Array => {
  const choose = (v: Vectors) => {
    const from = (i: number): void => {
      if (i < tasks.length)
        v.a.ifBelow(
          rsi,
          i + 1,
          () => apart(v, tasks[i]),
          () => from(i + 1),
        );
    };
    from(0);
  };
  return functionOf(machine, choose, { arguments: 2 });
};

interface KernelMemory {
  called: OrtLibrary['called'];
  /** Addresses of the code, made executable, and of numbers that stay. */
  code(code: Uint8Array): number;
  numbers(values: readonly number[]): number;
  table(values: Float32Array): number;
}

/**
 * KernelComputeV2(kernel, context) for a node with so many inputs and outputs of these shapes,
 * the scratch included.
 */
export function kernelCall(
  machine: Machine,
  { tasks, after, tables = [] }: Kernel,
  { inputs, outputs }: { inputs: number; outputs: readonly (readonly number[])[] },
  { called, code, numbers, table }: KernelMemory,
): Uint8Array {
  const all = inputs + outputs.length;
  const frame = { arguments: 2, calls: 5, room: 8 * (all + tables.length) };
  const write = ({ base, offset }: At, v: Vectors) => {
    const { a } = v;
    const stack = (index: number): At => ({ base, offset: offset + 8 * index });
    // Functions of ONNX Runtime give null in rax where all is well.
    const call = (address: number, ...args: ((register: number) => void)[]) =>
      writeCall(a, machine.convention, address, ...args);
    const fine = () => a.setLong(rax, 0);
    const number = (value: number) => (register: number) => a.set(register, value);
    const longNumber = (value: number) => (register: number) => a.setLong(register, value);
    const addressOf = (index: number) => (register: number) => a.address(register, stack(index));
    const context = (register: number) => a.copy(register, rbx);
    const toTable = () => addressOf(0)(rdi);
    const dataOf = (index: number) => () =>
      call(called.GetTensorMutableData, (register) => a.load(register, stack(index)), addressOf(index));
    const input = (index: number) => () =>
      call(called.KernelContext_GetInput, context, number(index), addressOf(index));
    const output = (shape: readonly number[], index: number) => () =>
      call(
        called.KernelContext_GetOutput,
        ...[context, number(index), longNumber(numbers(shape)), number(shape.length)],
        addressOf(inputs + index),
      );
    const run = () => {
      tables.forEach((values, i) => {
        a.setLong(rax, table(values));
        a.store(stack(all + i), rax);
      });
      if (tasks.length === 1) {
        toTable();
        apart(v, tasks[0]);
        fine();
      }
      // The context, the function, how many tasks, in how many pieces, the function's first argument.
      else
        call(
          called.KernelContext_ParallelFor,
          ...[context, longNumber(code(oneOf(machine, tasks)))],
          ...[number(tasks.length), number(tasks.length), addressOf(0)],
        );
    };
    const last = () => {
      if (!after) return;
      toTable();
      apart(v, after);
      fine();
    };
    const steps = [
      ...indexes(inputs).flatMap((i) => [input(i), dataOf(i)]),
      ...outputs.flatMap((shape, i) => [output(shape, i), dataOf(inputs + i)]),
      run,
    ];
    /** One after the other, as long as each leaves null: no error. */
    const whileWell = (i: number): void => {
      if (i === steps.length) {
        last();
        return;
      }
      steps[i]();
      a.unlessBits(rax, -1, () => whileWell(i + 1));
    };
    a.copy(rbx, rsi);
    whileWell(0);
  };
  return functionOf(machine, (v, room) => write(room, v), frame);
}

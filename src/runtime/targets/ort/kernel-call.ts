// The function that ONNX Runtime calls to compute a node: it asks for the addresses of inputs and outputs,
// and runs the kernel on them.
import { Assembler } from '../../../assembly/x64/assembler.ts';
import {
  type At,
  CALLEE_SAVED,
  r8,
  rax,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
} from '../../../assembly/x64/operands.ts';
import type { VectorSet, Vectors } from '../../../assembly/x64/vectors.ts';
import { type Emit, indexes, type Kernel } from '../x64/nodes/kernel.ts';
import type { OrtLibrary } from './library.ts';

/** Bytes of a function that leaves callee-saved registers as they were, but for what it returns. */
export function functionOf(set: VectorSet, emit: Emit): Uint8Array {
  const a = new Assembler();
  const v = set.create(a);
  for (const register of CALLEE_SAVED) a.push(register);
  emit(v);
  a.clearUpper();
  for (const register of CALLEE_SAVED.toReversed()) a.pop(register);
  a.ret();
  return a.finish();
}

/** Code of its own scope: what it takes is free afterwards. */
const apart = (v: Vectors, emit: Emit): void => v.scope(() => emit(v));

/** A function of a table and a number, which says which of the tasks. */
const oneOf = (set: VectorSet, tasks: readonly Emit[]): Uint8Array =>
  functionOf(set, (v) => {
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
  });

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
  set: VectorSet,
  { tasks, after, tables = [] }: Kernel,
  { inputs, outputs }: { inputs: number; outputs: readonly (readonly number[])[] },
  { called, code, numbers, table }: KernelMemory,
): Uint8Array {
  const all = inputs + outputs.length;
  // With the registers kept and the address to return to, the stack stays at a multiple of 16.
  const frame = Math.ceil((8 * (all + tables.length)) / 16) * 16 + 8;
  const stack = (index: number): At => ({ base: rsp, offset: 8 * index });
  return functionOf(set, (v) => {
    const { a } = v;
    // Functions of ONNX Runtime give null in rax where all is well.
    const call = (address: number) => {
      a.setLong(rax, address);
      a.call(rax);
    };
    const fine = () => a.setLong(rax, 0);
    const ofContext = (index: number) => {
      a.copy(rdi, rbx);
      a.set(rsi, index);
    };
    const dataOf = (index: number) => () => {
      a.load(rdi, stack(index));
      a.address(rsi, stack(index));
      call(called.GetTensorMutableData);
    };
    const input = (index: number) => () => {
      ofContext(index);
      a.address(rdx, stack(index));
      call(called.KernelContext_GetInput);
    };
    const output = (shape: readonly number[], index: number) => () => {
      a.setLong(rdx, numbers(shape));
      ofContext(index);
      a.set(rcx, shape.length);
      a.address(r8, stack(inputs + index));
      call(called.KernelContext_GetOutput);
    };
    const run = () => {
      tables.forEach((values, i) => {
        a.setLong(rax, table(values));
        a.store(stack(all + i), rax);
      });
      if (tasks.length === 1) {
        a.copy(rdi, rsp);
        apart(v, tasks[0]);
        fine();
      } else {
        // Its arguments: the context, the function, how many tasks, in how many pieces,
        // the function's first argument.
        a.copy(rdi, rbx);
        a.setLong(rsi, code(oneOf(set, tasks)));
        a.set(rdx, tasks.length);
        a.copy(rcx, rdx);
        a.copy(r8, rsp);
        call(called.KernelContext_ParallelFor);
      }
    };
    const last = () => {
      if (!after) return;
      a.copy(rdi, rsp);
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
    a.sub(rsp, frame);
    a.copy(rbx, rsi);
    whileWell(0);
    a.add(rsp, frame);
  });
}

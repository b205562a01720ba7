// The same passes as in WebAssembly (passes/emit.ts), in instructions of x64 with AVX2:
// the same order of operations, twice the lanes, the same bits. Function and caller
// share a block of memory (function.ts), which also holds what is computed once for all coordinates.

import { bitsOf } from '../../../../assembly/bits.ts';
import { Assembler } from '../../../../assembly/x64/assembler.ts';
import { Avx2 } from '../../../../assembly/x64/avx2.ts';
import type { Convention } from '../../../../assembly/x64/convention.ts';
import { writeFunction } from '../../../../assembly/x64/function.ts';
import { type At, type MemoryOperand, type Operand, rdi } from '../../../../assembly/x64/operands.ts';
import type { Instruction } from '../../../../optim/expr.ts';
import { type Pass, type PassProgram, programOf } from '../../../passes/program.ts';
import { UNROLL, WASM_LANES } from '../../../passes/tap.ts';
import { BLOCK_BITS } from '../../wasm/sums.ts';
import { arithmetic, type Constants, inRegister, T, U } from './arithmetic.ts';
import { inBlock, type MachineFunction } from './function.ts';
import { allocateRegisters, readInPlace } from './places.ts';

/** Elements of an iteration: as many as in WebAssembly, since blocks of sums end with iterations. */
const STEP = UNROLL * WASM_LANES;
const WIDTH = 8;
const REGISTERS = 16;
/** Registers that System V lets a function change: a pass needs no others. */
const GENERAL = 8;

export interface MachinePass extends MachineFunction, Pick<PassProgram, 'pointers' | 'scalars'> {}

/** The function of a pass; undefined where it needs more registers than there are, or counts sizes. */
export function emitMachinePass(pass: Pass, convention: Convention): MachinePass | undefined {
  if (pass.histogram || pass.bracket) return undefined;
  const program = programOf(pass);
  const { squares, pointers, scalars, key } = program;
  // Values from the first register up, sums from the last that is not a temporary down.
  const values = Math.min(T, U) - squares.length;
  const registers = allocateRegisters(program, values);
  if (!registers || pointers.length >= GENERAL) return undefined;
  const a = new Assembler();
  const v = new Avx2(a, REGISTERS);
  v.file.takeAll(REGISTERS);
  const block = blockOf(program);
  const own = constantsOf(a);
  const [signBits = own.signBits, ones = own.ones, otherBits = own.otherBits]: readonly Operand[] =
    registers.free;
  const fast = { signBits, ones, otherBits };
  const [count, ...free] = a.registers.takeAll(1 + pointers.length);
  const pointer = (name: string) => free[pointers.indexOf(name)];
  const inPlace = readInPlace(program);
  const sums = squares.map((of, k) => ({ ...sum(v, values + k, block.sums[k]), of }));
  const slots = (index: number): Operand => block.uniform[index]!;
  const place = (index: number): Operand => registers.of[index] ?? slots(index);
  const compute = (one: Instruction, to: number, at: { own: Constants; from: Find; load: Load }): void => {
    const { op, args, name, value } = one;
    if (op === 'const') v.broadcast(to, a.pool([bitsOf(value!)]));
    else if (op === 'scalar') v.broadcast(to, block.scalar(name!));
    else if (op === 'buffer') at.load(to, pointer(name!));
    else arithmetic(v, at.own)[op](to, args.map(at.from));
  };
  const keepInRegister = (vector: Operand, slot: MemoryOperand | undefined) => {
    if (typeof vector === 'number' && slot) v.load(vector, slot);
  };
  /** A step at the places that the pointers point to, and `offset` bytes on. */
  const step = (offset: number, { load, store }: Access, from: Find, inPlace: readonly boolean[]) => {
    const here = (base: number): At => ({ base, offset });
    program.instructions.forEach((one, index) => {
      if (!one.uniform && !inPlace[index])
        compute(one, registers.of[index], { own: fast, from, load: (to, base) => load(to, here(base)) });
    });
    pass.buffers.forEach((name, k) => {
      store(here(pointer(name)), inRegister(v, place(program.outputs[k]), T));
    });
  };
  const flush = () => {
    for (const sum of sums) sum.flush();
  };

  writeFunction(a, convention, { arguments: 1, changes: [rdi, count, ...free] }, () => {
    program.instructions.forEach((one, index) => {
      const slot = block.uniform[index];
      if (!slot) return;
      compute(one, 0, { own, from: slots, load: noLoad });
      v.store(slot, 0);
    });
    block.uniform.forEach((slot, index) => {
      keepInRegister(registers.of[index], slot);
    });
    for (const name of ['signBits', 'ones', 'otherBits'] as const) keepInRegister(fast[name], own[name]);
    for (const sum of sums) sum.begin();
    a.load(count, inBlock(block.layout.count));
    free.forEach((register, k) => {
      a.load(register, inBlock(block.layout.pointers + 8 * k));
    });
    a.countedLoop(count, STEP, free, () => {
      for (let i = 0; i < STEP / WIDTH; i++) {
        const offset = 4 * WIDTH * i;
        const find: Find = (index) =>
          inPlace[index] ? { base: pointer(program.instructions[index].name!), offset } : place(index);
        const vectors: Access = {
          load: (to, from) => v.load(to, from),
          store: (to, from) => v.store(to, from),
        };
        step(offset, vectors, find, inPlace);
        for (const { of, vector } of sums) vector(place(of));
      }
      if (sums.length > 0) a.unlessBits(count, BLOCK_BITS, flush);
    });
    a.countedLoop(count, 1, free, () => {
      const single: Access = {
        load: (to, from) => v.loadFirst(to, from),
        store: (to, from) => v.storeFirst(to, from),
      };
      step(0, single, place, []);
      for (const sum of sums) sum.single(place(sum.of));
    });
    flush();
    for (const sum of sums) sum.end();
  });
  return { code: a.finish(), pointers, scalars, key, layout: block.layout };
}

interface Access {
  load(to: number, from: At): void;
  store(to: At, from: number): void;
}
type Find = (index: number) => Operand;
type Load = (to: number, pointer: number) => void;
const noLoad: Load = () => {
  throw new Error('a value that is the same for all coordinates has no buffer');
};

/** All bits of a lane but the sign, that one, and ones. */
function constantsOf(a: Assembler): Record<keyof Constants, MemoryOperand> {
  const all = (bits: number) => a.pool(Array(WIDTH).fill(bits));
  return { signBits: all(2 ** 31), otherBits: all(2 ** 31 - 1), ones: all(bitsOf(1)) };
}

/** What is where in the block. */
function blockOf({ instructions, squares, pointers, scalars }: PassProgram) {
  let size = 0;
  const room = (bytes: number, align: number): number => {
    const offset = Math.ceil(size / align) * align;
    size = offset + bytes;
    return offset;
  };
  const vector = () => inBlock(room(4 * WIDTH, 4 * WIDTH));
  const layout = {
    count: room(8, 8),
    pointers: room(8 * pointers.length, 8),
    scalars: room(4 * scalars.length, 4),
    results: room(8 * squares.length, 8),
    sums: squares.length,
  };
  return {
    scalar: (name: string) => inBlock(layout.scalars + 4 * scalars.indexOf(name)),
    /** By instruction. */
    uniform: instructions.map((i) => (i.uniform ? vector() : undefined)),
    sums: squares.map((_, k) => ({
      halves: [vector(), vector()],
      tail: inBlock(room(8, 8)),
      result: inBlock(layout.results + 8 * k),
    })),
    // After all the others.
    layout: { ...layout, size },
  };
}

/**
 * A sum of squares as in WebAssembly (kernels/sums.ts): the block's in a register,
 * those of blocks before it in memory.
 */
function sum(v: Avx2, block: number, { halves, tail, result }: { halves: At[]; tail: At; result: At }) {
  const [low, high] = halves;
  return {
    begin() {
      v.zero(block);
      v.storeDouble(tail, block);
      for (const half of halves) v.store(half, block);
    },
    vector: (value: Operand) => v.add(block, block, value),
    single(value: Operand) {
      v.toDouble(T, inRegister(v, value, T));
      v.addDouble(T, T, tail);
      v.storeDouble(tail, T);
    },
    flush() {
      v.toDoubles(T, block);
      v.addDoubles(T, T, low);
      v.store(low, T);
      v.upperHalf(U, block);
      v.toDoubles(T, U);
      v.addDoubles(T, T, high);
      v.store(high, T);
      v.zero(block);
    },
    end() {
      v.load(T, low);
      v.addDoubles(T, T, high);
      v.upperHalf(U, T);
      v.addTwoDoubles(T, T, U);
      v.upperDouble(U, T);
      v.addDouble(T, T, U);
      v.addDouble(T, T, tail);
      v.storeDouble(result, T);
    },
  };
}

// Where the values of a pass are while it runs: in vector registers, in the block beside it,
// or in the buffer they are read from.
import type { Program } from '../../../../optim/expr.ts';

/**
 * Instructions that read a buffer for one addition or multiplication, or as what is subtracted or divided by:
 * that takes it from memory itself, as one instruction.
 */
export function readInPlace({ instructions, outputs }: Program): boolean[] {
  return instructions.map(({ op }, index) => {
    if (op !== 'buffer' || outputs.includes(index)) return false;
    const places = instructions.flatMap((reader) =>
      reader.args.flatMap((arg, k) => (arg === index ? [{ op: reader.op, k }] : [])),
    );
    if (places.length !== 1) return false;
    const [reader] = places;
    return ['add', 'mul'].includes(reader.op) || (['sub', 'div'].includes(reader.op) && reader.k === 1);
  });
}

export interface Registers {
  /** By instruction: of all whose value differs between coordinates, and of some that are the same. */
  of: readonly number[];
  /** What is left. */
  free: readonly number[];
}

/** undefined if there are too few. */
export function allocateRegisters(
  { instructions, outputs, squares }: Program,
  available: number,
): Registers | undefined {
  const lastUse = instructions.map((_, index) => index);
  instructions.forEach(({ args }, index) => {
    for (const arg of args) lastUse[arg] = index;
  });
  for (const output of [...outputs, ...squares]) lastUse[output] = Number.POSITIVE_INFINITY;
  const free = Array.from({ length: available }, (_, k) => k).reverse();
  const registers: number[] = [];
  for (const [index, { args, uniform }] of instructions.entries()) {
    if (uniform) continue;
    // Operands that are needed no more give their register to the result: they are read before it is written.
    for (const arg of new Set(args))
      if (!instructions[arg].uniform && lastUse[arg] === index) free.push(registers[arg]);
    const register = free.pop();
    if (register === undefined) return undefined;
    registers[index] = register;
    // What nobody reads is still computed, and its register free at once.
    if (lastUse[index] === index) free.push(register);
  }
  // Registers that are left are for what is the same for all coordinates, first for what is read most often.
  const taken = new Set(registers);
  const left = Array.from({ length: available }, (_, k) => k).filter((register) => !taken.has(register));
  const reads = (index: number) => instructions.filter((i) => !i.uniform && i.args.includes(index)).length;
  const read = [...instructions.keys()].filter((index) => instructions[index].uniform && reads(index) > 0);
  read.sort((a, b) => reads(b) - reads(a));
  for (const index of read.slice(0, left.length)) registers[index] = left.shift()!;
  return { of: registers, free: left };
}

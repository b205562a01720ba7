// What a kernel of one graph node is: instructions for its very shapes, called with a table of addresses.
import { type At, rdi } from '../../../../assembly/x64/operands.ts';
import type { Vectors } from '../../../../assembly/x64/vectors.ts';

/**
 * Writes the instructions of a function. `rdi` holds the address of a table of addresses: of inputs,
 * outputs, scratch and constants, in this order. It must not change `rdi` and the stack's register;
 * who calls it saves the others.
 */
export type Emit = (v: Vectors) => void;

export interface Kernel {
  /** Parts that may run at the same time. */
  tasks: readonly Emit[];
  /** Runs when all tasks are done. */
  after?: Emit;
  /** float32 of every piece of scratch memory. */
  scratch: readonly number[];
  /** An output that may be written where an input of its shape is, if nobody needs that any more. */
  inPlace?: { input: number; output: number };
  /** Numbers that never change. */
  tables?: readonly Float32Array[];
}

/** A part of things in a row. */
export interface Part {
  from: number;
  size: number;
}

/** `all` things in at most `parts` parts of about the same size, all but the last a multiple of `unit`. */
export function split(all: number, parts: number, unit = 1): Part[] {
  const size = Math.ceil(all / unit / parts) * unit;
  return indexes(Math.ceil(all / size)).map((i) => ({
    from: i * size,
    size: Math.min(size, all - i * size),
  }));
}

/** Bytes of a float32. */
export const FLOAT = 4;

/** Address number `index` of the table. */
export const slot = (index: number): At => ({ base: rdi, offset: 8 * index });

export const at = (base: number, offset = 0): At => ({ base, offset });

/** General registers that hold these addresses of the table. */
export const pointers = ({ a }: Vectors, ...indices: number[]): number[] =>
  indices.map((index) => {
    const register = a.registers.take();
    a.load(register, slot(index));
    return register;
  });

/** 0 to n - 1. */
export const indexes = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

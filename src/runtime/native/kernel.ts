// What a kernel of one graph node is: instructions for its very shapes, called with a table of addresses.
import { type At, type Code, rdi } from '../../core/x64-code.ts';

export interface Kernel {
  /**
   * Instructions of parts that may run at the same time. In `rdi` each is given a table of addresses: of inputs, outputs, scratch
   * and tables, in this order. It may change all registers but the stack's.
   */
  tasks: readonly Code[];
  /** Called as they are, when all are done. */
  after?: Code;
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
  return count(Math.ceil(all / size)).map((i) => ({ from: i * size, size: Math.min(size, all - i * size) }));
}

/** General registers that a kernel may use; `rdi` holds the table. The first is lost where a constant is set. */
export const REGISTERS = [0, 1, 2, 6, 8, 9, 10, 11, 3, 5, 12, 13, 14, 15] as const;

/** Bytes of a float32, and float32 in a register. */
export const FLOAT = 4;
export const LANES = 16;

/** Address number `index` of the table. */
export const slot = (index: number): At => ({ base: rdi, offset: 8 * index });

/** 0 to n - 1. */
export const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

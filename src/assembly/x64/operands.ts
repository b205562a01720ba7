// What instructions of x64 work on: registers by number, and places in memory.

/** General registers by their names in Intel's manual. */
export const [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/**
 * Those for addresses and counts: all but the stack's and `rdi`, which holds a function's argument.
 * First those that System V lets a function change.
 */
export const GENERAL = [rax, rcx, rdx, rsi, r8, r9, 10, 11, rbx, rbp, 12, 13, 14, 15];

/** Memory at the value of a general register plus `offset` bytes. */
export interface At {
  base: number;
  offset: number;
}

/** Memory that follows the code: `pooled` bytes into the assembler's pool of constants. */
export interface Pooled {
  pooled: number;
}

export type MemoryOperand = At | Pooled;

/** A register by number, or memory. */
export type Operand = number | MemoryOperand;

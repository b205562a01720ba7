// What instructions of x64 work on: registers by number, and places in memory.

/** General registers by their names in Intel's manual. */
export const [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Those that a function must leave as they were (System V ABI). */
export const CALLEE_SAVED = [rbx, rbp, 12, 13, 14, 15];
/** Those that it may change. */
export const CALLER_SAVED = [rax, rcx, rdx, rsi, rdi, r8, 9, 10, 11];

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

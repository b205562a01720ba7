// Calling conventions of x64: where a function finds its arguments, and what it leaves as it was.
// Functions here take whole numbers and addresses, and give one: the rules for floating point are left out.
import { r8, r9, rbp, rbx, rcx, rdi, rdx, rsi } from './operands.ts';

export interface Convention {
  name: string;
  /** General registers of the first arguments. Further ones are on the stack. */
  carried: readonly number[];
  /** General registers that a function leaves as they were, beside the stack's. */
  kept: readonly number[];
  /** Vector registers of which it leaves the lower 128 bits as they were. */
  keptVectors: readonly number[];
  /** Bytes above the address to return to that the caller gives to the function that it calls. */
  shadow: number;
}

/** Linux and macOS (System V ABI, AMD64 supplement, section 3.2). */
export const systemV: Convention = {
  name: 'System V',
  carried: [rdi, rsi, rdx, rcx, r8, r9],
  kept: [rbx, rbp, 12, 13, 14, 15],
  keptVectors: [],
  shadow: 0,
};

/** Windows (Microsoft, "x64 calling convention", and "x64 ABI conventions" for the registers). */
export const microsoft: Convention = {
  name: 'Microsoft',
  carried: [rcx, rdx, r8, r9],
  kept: [rbx, rbp, rdi, rsi, 12, 13, 14, 15],
  keptVectors: [6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  shadow: 32,
};

// Functions in machine code: what stands before and after their own instructions, and how they call others.
import type { Assembler } from './assembler.ts';
import type { Convention } from './convention.ts';
import { type At, GENERAL, rax, rdi, rsi, rsp } from './operands.ts';

/** Where a function's own instructions find its arguments, whatever the convention. */
const ARGUMENTS = [rdi, rsi];
/** Bytes of the lower part of a vector register. */
const LOWER = 16;

export interface Frame {
  /** How many arguments it reads: at most two. */
  arguments: number;
  /** General registers that it changes; any of them if it does not say. */
  changes?: readonly number[];
  /** The most arguments of a function that it calls; undefined: it calls none. */
  calls?: number;
  /** Bytes of memory of its own. */
  room?: number;
}

/** A function of this convention. `body` gets the address of its own memory, and must not move the stack. */
export function writeFunction(
  a: Assembler,
  { carried, kept, keptVectors, shadow }: Convention,
  { arguments: count, changes = [rdi, ...GENERAL], calls, room = 0 }: Frame,
  body: (room: At) => void,
): void {
  const saved = kept.filter((register) => changes.includes(register));
  const own: At = {
    base: rsp,
    offset: calls === undefined ? 0 : shadow + 8 * Math.max(0, calls - carried.length),
  };
  const lower = keptVectors.map((register, i) => ({
    register,
    at: { base: rsp, offset: own.offset + 8 * Math.ceil(room / 8) + LOWER * i },
  }));
  const needed = own.offset + 8 * Math.ceil(room / 8) + LOWER * lower.length;
  // Where others are called the stack is at a multiple of 16. The address to return to is on it, too.
  const odd = (saved.length + 1) % 2;
  const size = calls === undefined ? needed : 16 * Math.ceil((needed - 8 * odd) / 16) + 8 * odd;
  for (const register of saved) a.push(register);
  if (size > 0) a.sub(rsp, size);
  for (const { register, at } of lower) a.storeLower(at, register);
  ARGUMENTS.slice(0, count).forEach((to, i) => {
    if (carried[i] !== to) a.copy(to, carried[i]);
  });
  body(own);
  a.clearUpper();
  for (const { register, at } of lower) a.loadLower(register, at);
  if (size > 0) a.add(rsp, size);
  for (const register of saved.toReversed()) a.pop(register);
  a.ret();
}

/** Calls the function at an address. Each argument is written into the register that it is given. */
export function writeCall(
  a: Assembler,
  { carried, shadow }: Convention,
  address: number,
  ...args: ((register: number) => void)[]
): void {
  args.forEach((write, i) => {
    write(carried[i] ?? rax);
    if (i >= carried.length) a.store({ base: rsp, offset: shadow + 8 * (i - carried.length) }, rax);
  });
  a.setLong(rax, address);
  a.call(rax);
}

// Code for x64, written instruction by instruction: arithmetic with 64-bit integers, loops and branches.
// Vector instructions are in vectors.ts.
import { Encoder } from './encoder.ts';
import { GENERAL, type MemoryOperand, rax } from './operands.ts';
import { RegisterFile } from './registers.ts';

/** Conditions of jumps after a comparison of numbers without a sign. */
const CONDITION = { below: 2, 'not below': 3, equal: 4, 'not equal': 5 };
type JumpCondition = keyof typeof CONDITION;

const SHORT_JUMP = 2;
const LONG_JUMP = 6;
const int32 = (value: number): number[] => [
  value & 255,
  (value >> 8) & 255,
  (value >> 16) & 255,
  value >> 24,
];
const isByte = (value: number): boolean => value >= -128 && value < 128;

export class Assembler extends Encoder {
  readonly registers = new RegisterFile('general', GENERAL);

  load(to: number, from: MemoryOperand): void {
    this.general(0x8b, to, from);
  }

  store(to: MemoryOperand, from: number): void {
    this.general(0x89, from, to);
  }

  copy(to: number, from: number): void {
    this.general(0x89, from, to);
  }

  /** A whole number of 32 bits, with its sign. */
  set(to: number, value: number): void {
    this.general(0xc7, 0, to, int32(value));
  }

  /** A whole number below 2^53, such as an address. */
  setLong(to: number, value: number): void {
    this.byte(0x48 | (to >> 3), 0xb8 | (to & 7));
    this.byte(...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
  }

  /** The address of a place in memory. */
  address(to: number, of: MemoryOperand): void {
    this.general(0x8d, to, of);
  }

  /** to + from. */
  addRegister(to: number, from: number): void {
    this.general(0x01, from, to);
  }

  /** register + value. */
  add(register: number, value: number): void {
    if (value !== 0) this.#withConstant(0, register, value);
  }

  sub(register: number, value: number): void {
    this.#withConstant(5, register, value);
  }

  /** from * value. */
  multiply(to: number, from: number, value: number): void {
    if (isByte(value)) this.general(0x6b, to, from, [value & 255]);
    else this.general(0x69, to, from, int32(value));
  }

  /** Twice the value, plus one. */
  doublePlusOne(register: number): void {
    const high = register >> 3;
    this.byte(0x48 | (high << 2) | (high << 1) | high, 0x8d, 0x44 | ((register & 7) << 3));
    this.byte(((register & 7) << 3) | (register & 7), 1);
  }

  compare(register: number, value: number): void {
    this.#withConstant(7, register, value);
  }

  push(register: number): void {
    this.byte(...(register > 7 ? [0x41] : []), 0x50 | (register & 7));
  }

  pop(register: number): void {
    this.byte(...(register > 7 ? [0x41] : []), 0x58 | (register & 7));
  }

  /** Calls the function whose address a register holds. */
  call(register: number): void {
    this.byte(...(register > 7 ? [0x41] : []), 0xff, 0xd0 | (register & 7));
  }

  ret(): void {
    this.byte(0xc3);
  }

  /** Clears the upper halves of vector registers: older vector instructions would wait for them. */
  clearUpper(): void {
    this.byte(0xc5, 0xf8, 0x77);
  }

  /** The lower 128 bits of a vector register. */
  storeLower(to: MemoryOperand, from: number): void {
    this.vex({ prefix: 0, map: 1, opcode: 0x11 }, 128, from, 0, to);
  }

  /** The lower 128 bits; the others become zero. */
  loadLower(to: number, from: MemoryOperand): void {
    this.vex({ prefix: 0, map: 1, opcode: 0x10 }, 128, to, 0, from);
  }

  #withConstant(operation: number, register: number, value: number): void {
    if (isByte(value)) this.general(0x83, operation, register, [value & 255]);
    // A form without ModRM.
    else if (register === rax) this.byte(0x48, 0x05 | (operation << 3), ...int32(value));
    else this.general(0x81, operation, register, int32(value));
  }

  /** Jumps forward over what is written until the function that this returns is called. */
  #forward(condition?: JumpCondition): () => void {
    if (condition === undefined) this.byte(0xe9);
    else this.byte(0x0f, 0x80 | CONDITION[condition]);
    const at = this.size;
    this.int32(0);
    return () => this.patch(at, this.size - at - 4);
  }

  #back(condition: JumpCondition, to: number): void {
    const distance = to - this.size;
    if (isByte(distance - SHORT_JUMP)) this.byte(0x70 | CONDITION[condition], distance - SHORT_JUMP);
    else {
      this.byte(0x0f, 0x80 | CONDITION[condition]);
      this.int32(distance - LONG_JUMP);
    }
  }

  /** Runs `yes` if a register, without a sign, is below a whole number (itself below 2^31), else `no`. */
  ifBelow(register: number, bound: number, yes: () => void, no?: () => void): void {
    this.compare(register, bound);
    const otherwise = this.#forward('not below');
    yes();
    const end = no && this.#forward();
    otherwise();
    no?.();
    end?.();
  }

  /** Runs `body` if two registers differ. */
  unlessEqual(a: number, b: number, body: () => void): void {
    this.general(0x39, b, a);
    const end = this.#forward('equal');
    body();
    end();
  }

  /** Runs `body` if a register has none of the bits of `mask`. */
  unlessBits(register: number, mask: number, body: () => void): void {
    if (register === rax) this.byte(0x48, 0xa9, ...int32(mask));
    else this.general(0xf7, 0, register, int32(mask));
    const end = this.#forward('not equal');
    body();
    end();
  }

  /**
   * While at least `step` elements remain in register `count`: run `body`, advance
   * every float32 pointer by `step` elements, and subtract them from `count`.
   */
  countedLoop(count: number, step: number, pointers: readonly number[], body: () => void): void {
    this.compare(count, step);
    const end = this.#forward('below');
    const start = this.size;
    body();
    for (const pointer of pointers) this.add(pointer, 4 * step);
    this.sub(count, step);
    this.compare(count, step);
    this.#back('not below', start);
    end();
  }

  /** Runs `body` `times` times. */
  repeat(times: number, body: () => void): void {
    if (times === 1) body();
    if (times < 2) return;
    this.registers.scope(() => {
      const counter = this.registers.take();
      this.set(counter, times);
      const start = this.size;
      body();
      this.sub(counter, 1);
      this.#back('not equal', start);
    });
  }
}

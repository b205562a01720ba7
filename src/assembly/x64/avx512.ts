// Vectors of sixteen float32 with AVX-512 (its foundation, F): thirty-two registers and eight of masks.
import type { Assembler } from './assembler.ts';
import type { Encoding, Masking } from './encoder.ts';
import type { MemoryOperand, Operand } from './operands.ts';
import { RegisterFile } from './registers.ts';
import { type Exchange, type GrowingTail, type Tail, type VectorSet, Vectors } from './vectors.ts';

const LANES = 16;
const REGISTERS = 32;

const float = (opcode: number): Encoding => ({ prefix: 0, map: 1, opcode });
const LOAD = float(0x10);
const STORE = float(0x11);
const ADD_PRODUCT: Encoding = { prefix: 0x66, map: 2, opcode: 0xb8 };
/** Exclusive or of integers: that of float32 is not in the foundation. */
const XOR: Encoding = { prefix: 0x66, map: 1, opcode: 0xef };
const ROUND: Encoding = { prefix: 0x66, map: 3, opcode: 0x08 };
const SCALE: Encoding = { prefix: 0x66, map: 2, opcode: 0x2c };
const EXPONENT: Encoding = { prefix: 0x66, map: 2, opcode: 0x42 };
const MANTISSA: Encoding = { prefix: 0x66, map: 3, opcode: 0x26 };
/** Gives a mantissa from 3/4 to 3/2. */
const FROM_THREE_QUARTERS = 3;
const GROUPS: Encoding = { prefix: 0x66, map: 3, opcode: 0x23 };
const WITHIN: Encoding = { prefix: 0x66, map: 3, opcode: 0x04 };
const LOAD_MASK: Encoding = { prefix: 0, map: 1, opcode: 0x90 };
const SET_MASK: Encoding = { prefix: 0, map: 1, opcode: 0x92 };

export class Avx512 extends Vectors {
  readonly lanes = LANES;
  readonly #masks = new RegisterFile('mask', [1, 2, 3, 4, 5, 6, 7]);

  constructor(a: Assembler) {
    super(a, new RegisterFile('vector', [...Array(REGISTERS).keys()]));
  }

  protected all(
    e: Encoding,
    to: number,
    first: number,
    rm: Operand,
    immediate?: number,
    masking?: Masking,
  ): void {
    this.a.evex(e, 512, to, first, rm, masking, immediate);
  }
  protected one(e: Encoding, to: number, first: number, rm: Operand): void {
    this.a.evex(e, 128, to, first, rm);
  }
  protected inRegister(operand: Operand): number {
    if (typeof operand === 'number') return operand;
    throw new Error('an operand that must be in a register is in memory');
  }

  override scope(body: () => void): void {
    this.#masks.scope(() => super.scope(body));
  }

  addProductOfOne(to: number, a: number, b: MemoryOperand): void {
    this.check(to, a);
    this.all(ADD_PRODUCT, to, a, b, undefined, { spread: true });
  }

  protected loadPart(to: number, from: Operand, { mask }: Tail): void {
    this.all(LOAD, to, 0, from, undefined, { mask: mask as number });
  }
  protected storePart(to: MemoryOperand, from: number, { mask }: Tail): void {
    this.all(STORE, from, 0, to, undefined, { mask: mask as number, merge: true });
  }
  loadOr(to: number, from: MemoryOperand, { mask }: Tail, fill: Operand): void {
    this.check(to, fill);
    this.all(LOAD, to, 0, fill);
    this.all(LOAD, to, 0, from, undefined, { mask: mask as number, merge: true });
  }

  zero(to: number): void {
    this.check(to);
    this.all(XOR, to, to, to);
  }
  constant(value: number): Operand {
    const register = this.file.take();
    this.fill(register, value);
    return register;
  }
  protected part(lanes: number): Tail {
    const mask = this.#masks.take();
    this.a.vex(LOAD_MASK, 128, mask, 0, this.a.pool([2 ** lanes - 1]));
    return { lanes, mask };
  }
  growingTail(): GrowingTail {
    const mask = this.#masks.take();
    const bits = this.a.registers.take();
    const set = () => this.a.vex(SET_MASK, 128, mask, 0, bits);
    this.a.set(bits, 1);
    set();
    return {
      tail: { lanes: 1, mask },
      grow: () => {
        this.a.doublePlusOne(bits);
        set();
      },
    };
  }

  round(to: number, from: Operand): void {
    this.check(to, from);
    this.all(ROUND, to, 0, from, 0);
  }
  scale(to: number, a: number, n: number): void {
    this.check(to, a, n);
    this.all(SCALE, to, a, n);
  }
  splitExponent(e: number, m: number, x: number): void {
    this.check(m);
    this.all(MANTISSA, m, 0, x, FROM_THREE_QUARTERS);
    // Mantissas from 3/2 on are halved, so their exponent is one more.
    this.file.scope(() => this.mul(e, x, this.constant(4 / 3)));
    this.all(EXPONENT, e, 0, e);
  }

  protected readonly turns = [
    (to: number, from: number) => this.all(GROUPS, to, from, from, 0x4e),
    (to: number, from: number) => this.all(GROUPS, to, from, from, 0xb1),
    (to: number, from: number) => this.all(WITHIN, to, 0, from, 0x4e),
    (to: number, from: number) => this.all(WITHIN, to, 0, from, 0xb1),
  ];
  swapHalves(to: number, from: number): void {
    this.check(to, from);
    this.all(GROUPS, to, from, from, 0x4e);
  }
  protected readonly exchanges: Exchange[] = [
    ...(
      [
        [1, 0, false],
        [2, 0x66, true],
      ] as const
    ).map(([stride, prefix, lanes64]) => ({
      stride,
      low: (to: number, a: number, b: number) =>
        this.all({ prefix, map: 1, opcode: 0x14, lanes64 }, to, a, b),
      high: (to: number, a: number, b: number) =>
        this.all({ prefix, map: 1, opcode: 0x15, lanes64 }, to, a, b),
    })),
    ...[4, 8].map((stride) => ({
      stride,
      low: (to: number, a: number, b: number) => this.all(GROUPS, to, a, b, 0x88),
      high: (to: number, a: number, b: number) => this.all(GROUPS, to, a, b, 0xdd),
    })),
  ];
}

export const avx512: VectorSet = {
  name: 'avx512',
  lanes: LANES,
  registers: REGISTERS,
  needs: ['avx512f'],
  create: (a) => new Avx512(a),
};

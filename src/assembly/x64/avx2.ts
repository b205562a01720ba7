// Vectors of eight float32 with AVX2 and FMA: sixteen registers, so constants and masks are in memory.
import { bitsOf } from '../bits.ts';
import type { Assembler } from './assembler.ts';
import type { Encoding } from './encoder.ts';
import type { MemoryOperand, Operand } from './operands.ts';
import { RegisterFile } from './registers.ts';
import { type Exchange, type GrowingTail, type Tail, type VectorSet, Vectors } from './vectors.ts';

const LANES = 8;
/** Kept for masks, and for operands that cannot stay in memory. */
const SCRATCH = 15;

const float = (opcode: number): Encoding => ({ prefix: 0, map: 1, opcode });
const packed = (opcode: number): Encoding => ({ prefix: 0x66, map: 1, opcode });
const longer = (opcode: number): Encoding => ({ prefix: 0x66, map: 3, opcode });
const AND = float(0x54);
const COMPARE = float(0xc2);
const BLEND = longer(0x4a);
const EXTRACT = longer(0x19);
const ADD_DOUBLES = packed(0x58);
const MUL_DOUBLES = packed(0x59);
const TO_DOUBLES = float(0x5a);
const UPPER_DOUBLES = packed(0x15);
const XOR = float(0x57);
const OR = float(0x56);
const AND_NOT = float(0x55);
const MASKED_LOAD: Encoding = { prefix: 0x66, map: 2, opcode: 0x2c };
const MASKED_STORE: Encoding = { prefix: 0x66, map: 2, opcode: 0x2e };
const LOAD = float(0x10);
const ROUND = longer(0x08);
const TO_FLOAT = float(0x5b);
const SUB_INTEGERS = packed(0xfa);
const SHIFT = packed(0x72);
const HALVES = longer(0x06);
const WITHIN = longer(0x04);

/** Extensions of opcode SHIFT. */
const RIGHT_WITH_SIGN = 4;
const LEFT = 6;
const EXPONENT_BITS = 23;
const BIAS = 127;
/**
 * Near this number neighbouring float32 are 1 apart, so that adding it rounds to whole numbers.
 * It lies in the middle of that range, so that negative numbers can be added too.
 */
const UNITS = 1.5 * 2 ** 23;

/** Predicates of comparisons. With a NaN all are false but the one whose name says so. */
const PREDICATE = { eq: 0, 'eq or NaN': 8, lt: 0x11, le: 0x12, gt: 0x1e };
export type Comparison = keyof typeof PREDICATE;

export class Avx2 extends Vectors {
  readonly lanes = LANES;

  /**
   * `registers`: how many may be taken. All sixteen leave none for masks and for constants that come first.
   */
  constructor(a: Assembler, registers = SCRATCH) {
    super(a, new RegisterFile('vector', [...Array(registers).keys()]));
  }

  protected all(e: Encoding, to: number, first: number, rm: Operand, immediate?: number): void {
    this.a.vex(e, 256, to, first, rm, immediate);
  }
  protected one(e: Encoding, to: number, first: number, rm: Operand): void {
    this.a.vex(e, 128, to, first, rm);
  }
  protected inRegister(operand: Operand, temporary: number): number {
    if (typeof operand === 'number') return operand;
    const to = temporary < 0 ? SCRATCH : temporary;
    this.all(LOAD, to, 0, operand);
    return to;
  }

  addProductOfOne(to: number, a: number, b: MemoryOperand): void {
    this.check(to, a);
    this.all({ prefix: 0x66, map: 2, opcode: 0x18 }, SCRATCH, 0, b);
    this.all({ prefix: 0x66, map: 2, opcode: 0xb8 }, to, a, SCRATCH);
  }

  #mask({ mask }: Tail, to: number): void {
    this.all(LOAD, to, 0, mask);
  }
  protected loadPart(to: number, from: Operand, tail: Tail): void {
    this.#mask(tail, to);
    if (typeof from === 'number') throw new Error('a part of a register');
    this.all(MASKED_LOAD, to, to, from);
  }
  protected storePart(to: MemoryOperand, from: number, tail: Tail): void {
    this.#mask(tail, SCRATCH);
    this.all(MASKED_STORE, from, SCRATCH, to);
  }
  loadOr(to: number, from: MemoryOperand, tail: Tail, fill: Operand): void {
    this.check(to, fill);
    if (to === fill) throw new Error('lanes that are filled would be overwritten first');
    this.#mask(tail, SCRATCH);
    this.all(MASKED_LOAD, to, SCRATCH, from);
    this.all(AND_NOT, SCRATCH, SCRATCH, fill);
    this.all(OR, to, to, SCRATCH);
  }

  zero(to: number): void {
    this.check(to);
    this.all(XOR, to, to, to);
  }
  constant(value: number): Operand {
    return this.#everywhere(bitsOf(value));
  }
  #everywhere(bits: number): Operand {
    return this.a.pool(Array(LANES).fill(bits));
  }
  protected part(lanes: number): Tail {
    return { lanes, mask: this.a.pool(Array.from({ length: LANES }, (_, i) => (i < lanes ? -1 : 0))) };
  }
  growingTail(): GrowingTail {
    const ones = this.a.pool(Array.from({ length: 2 * LANES }, (_, i) => (i < LANES ? -1 : 0)));
    const at = this.a.registers.take();
    this.a.address(at, { pooled: ones.pooled + 4 * (LANES - 1) });
    return {
      tail: { lanes: 1, mask: { base: at, offset: 0 } },
      grow: () => this.a.sub(at, 4),
    };
  }

  round(to: number, from: Operand): void {
    this.check(to, from);
    this.all(ROUND, to, 0, from, 0);
  }
  scale(to: number, a: number, n: number): void {
    this.check(to, a);
    // The lowest bits of this sum are the exponent of 2^n. Shifted to its place,
    // it is that power of two, or zero.
    this.add(n, n, this.constant(UNITS + BIAS));
    this.#shift(LEFT, n, n, EXPONENT_BITS);
    this.mul(to, a, n);
  }
  splitExponent(e: number, m: number, x: number): void {
    this.check(e, m, x);
    this.all(SUB_INTEGERS, e, x, this.#everywhere(bitsOf(3 / 4)));
    this.#shift(RIGHT_WITH_SIGN, e, e, EXPONENT_BITS);
    this.#shift(LEFT, m, e, EXPONENT_BITS);
    this.all(SUB_INTEGERS, m, x, m);
    this.all(TO_FLOAT, e, 0, e);
    // Zero, or a NaN where x is one: the integer operations above would lose it.
    this.sub(x, x, x);
    this.add(m, m, x);
  }
  #shift(how: number, to: number, from: number, bits: number): void {
    this.all(SHIFT, how, to, from, bits);
  }

  protected readonly turns = [
    (to: number, from: number) => this.swapHalves(to, from),
    (to: number, from: number) => this.all(WITHIN, to, 0, from, 0x4e),
    (to: number, from: number) => this.all(WITHIN, to, 0, from, 0xb1),
  ];
  swapHalves(to: number, from: number): void {
    this.check(to, from);
    this.all(HALVES, to, from, from, 1);
  }
  protected readonly exchanges: Exchange[] = [
    ...(
      [
        [1, 0],
        [2, 0x66],
      ] as const
    ).map(([stride, prefix]) => ({
      stride,
      low: (to: number, a: number, b: number) => this.all({ prefix, map: 1, opcode: 0x14 }, to, a, b),
      high: (to: number, a: number, b: number) => this.all({ prefix, map: 1, opcode: 0x15 }, to, a, b),
    })),
    {
      stride: 4,
      low: (to, a, b) => this.all(HALVES, to, a, b, 0x20),
      high: (to, a, b) => this.all(HALVES, to, a, b, 0x31),
    },
  ];

  // Beyond what every instruction set has: bits, comparisons and float64, for passes over parameters.
  and(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(AND, to, a, b);
  }
  or(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(OR, to, a, b);
  }
  xor(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(XOR, to, a, b);
  }
  /** All bits of a lane where the comparison holds, none elsewhere. */
  compare(how: Comparison, to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(COMPARE, to, a, b, PREDICATE[how]);
  }
  /** Lanes of `yes` where the sign bit of `mask` is set, of `no` elsewhere. */
  select(to: number, mask: number, yes: Operand, no: number): void {
    this.check(to, mask, yes, no);
    this.all(BLEND, to, no, yes, mask << 4);
  }
  /** The upper four lanes into the lower ones of another register; the upper ones become zero. */
  upperHalf(to: number, from: number): void {
    this.check(to, from);
    this.all(EXTRACT, from, 0, to, 1);
  }
  /** Four float64. */
  addDoubles(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(ADD_DOUBLES, to, a, b);
  }
  mulDoubles(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(MUL_DOUBLES, to, a, b);
  }
  /** The four lower float32 as float64. */
  toDoubles(to: number, from: Operand): void {
    this.check(to, from);
    this.all(TO_DOUBLES, to, 0, from);
  }
  /** Two float64 in the lower half of a register; the upper becomes zero. */
  addTwoDoubles(to: number, a: number, b: number): void {
    this.check(to, a, b);
    this.one(ADD_DOUBLES, to, a, b);
  }
  /** The upper of these two into both places. */
  upperDouble(to: number, from: number): void {
    this.check(to, from);
    this.one(UPPER_DOUBLES, to, from, from);
  }
}

export const avx2: VectorSet = {
  name: 'avx2',
  lanes: LANES,
  registers: SCRATCH,
  needs: ['avx2', 'fma'],
  create: (a) => new Avx2(a),
};

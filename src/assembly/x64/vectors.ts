// Vectors of float32 in registers, whatever their length: kernels are written against this class once, and an
// instruction set (avx2.ts, avx512.ts) says how each operation is encoded. A register
// must be taken from `file` before it is used. Every operation is exact or rounded once,
// so its bits do not depend on the instruction set.
import { bitsOf } from '../bits.ts';
import type { Assembler } from './assembler.ts';
import type { Encoding } from './encoder.ts';
import type { MemoryOperand, Operand } from './operands.ts';
import type { RegisterFile } from './registers.ts';

/** The first lanes of a register: what is left at the end of a row. */
export interface Tail {
  lanes: number;
  /** A mask register, or memory with all bits of those lanes. */
  mask: number | MemoryOperand;
}

/** The first lanes of a register: one lane more each time that it grows. */
export interface GrowingTail {
  tail: Tail;
  grow(): void;
}

const float = (opcode: number): Encoding => ({ prefix: 0, map: 1, opcode });
const fused = (opcode: number): Encoding => ({ prefix: 0x66, map: 2, opcode });
const ADD = float(0x58);
const MUL = float(0x59);
const SUB = float(0x5c);
const DIV = float(0x5e);
const LESSER = float(0x5d);
const GREATER = float(0x5f);
const SQRT = float(0x51);
const LOAD = float(0x10);
const STORE = float(0x11);
const ADD_PRODUCT = fused(0xb8);
const SUB_PRODUCT = fused(0xbc);
const TIMES_PLUS = fused(0xa8);
const BROADCAST: Encoding = { prefix: 0x66, map: 2, opcode: 0x18, unit: 4 };
const LOAD_ONE: Encoding = { prefix: 0xf3, map: 1, opcode: 0x10, unit: 4 };
const STORE_ONE: Encoding = { prefix: 0xf3, map: 1, opcode: 0x11, unit: 4 };
const ADD_DOUBLE: Encoding = { prefix: 0xf2, map: 1, opcode: 0x58, lanes64: true, unit: 8 };
const STORE_DOUBLE: Encoding = { prefix: 0xf2, map: 1, opcode: 0x11, lanes64: true, unit: 8 };
const TO_DOUBLE: Encoding = { prefix: 0xf3, map: 1, opcode: 0x5a, unit: 4 };
const TO_FLOAT: Encoding = { prefix: 0xf2, map: 1, opcode: 0x5a, lanes64: true, unit: 8 };

/** One step of a transposition. */
export interface Exchange {
  stride: number;
  low(to: number, a: number, b: number): void;
  high(to: number, a: number, b: number): void;
}
/** Where columns are after all exchanges, of every four. */
const COLUMN = [0, 2, 1, 3];

export abstract class Vectors {
  /** float32 in a register. */
  abstract readonly lanes: number;
  readonly a: Assembler;
  /** Registers that kernels may take. */
  readonly file: RegisterFile;

  constructor(a: Assembler, file: RegisterFile) {
    this.a = a;
    this.file = file;
  }

  /** to <- op(first, rm) on all lanes; `first` is 0 where there is one source. */
  protected abstract all(e: Encoding, to: number, first: number, rm: Operand, immediate?: number): void;
  /** The same on the lowest lane. */
  protected abstract one(e: Encoding, to: number, first: number, rm: Operand): void;
  /** A register that holds the operand. An operand in memory is loaded into `temporary`. */
  protected abstract inRegister(operand: Operand, temporary: number): number;

  /** Registers of all kinds that `body` takes are free again after it. */
  scope(body: () => void): void {
    this.file.scope(() => this.a.registers.scope(body));
  }

  protected check(...operands: Operand[]): void {
    for (const operand of operands) if (typeof operand === 'number') this.file.check(operand);
  }

  #binary(e: Encoding, to: number, a: Operand, b: Operand): void {
    this.check(to, a, b);
    this.all(e, to, this.inRegister(a, to === b ? -1 : to), b);
  }

  add(to: number, a: Operand, b: Operand): void {
    this.#binary(ADD, to, a, b);
  }
  mul(to: number, a: Operand, b: Operand): void {
    this.#binary(MUL, to, a, b);
  }
  sub(to: number, a: Operand, b: Operand): void {
    this.#binary(SUB, to, a, b);
  }
  div(to: number, a: Operand, b: Operand): void {
    this.#binary(DIV, to, a, b);
  }
  /** a < b ? a : b: the second where one is a NaN. */
  lesser(to: number, a: Operand, b: Operand): void {
    this.#binary(LESSER, to, a, b);
  }
  /** a > b ? a : b: the second where one is a NaN. */
  greater(to: number, a: Operand, b: Operand): void {
    this.#binary(GREATER, to, a, b);
  }
  sqrt(to: number, from: Operand): void {
    this.check(to, from);
    this.all(SQRT, to, 0, from);
  }
  /** to + a b, rounded once. */
  addProduct(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(ADD_PRODUCT, to, a, b);
  }
  /** to - a b, rounded once. */
  subProduct(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(SUB_PRODUCT, to, a, b);
  }
  /** to a + b, rounded once. */
  timesPlus(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.all(TIMES_PLUS, to, a, b);
  }
  /** to + a b, rounded once, b one float32 in memory. */
  abstract addProductOfOne(to: number, a: number, b: MemoryOperand): void;

  /** From memory, or a register; lanes outside of `tail` become zero, and their memory is not touched. */
  load(to: number, from: Operand, tail?: Tail): void {
    this.check(to, from);
    if (tail === undefined) this.all(LOAD, to, 0, from);
    else this.loadPart(to, from, tail);
  }
  /** From memory; lanes outside of `tail` become those of `fill`. */
  abstract loadOr(to: number, from: MemoryOperand, tail: Tail, fill: Operand): void;
  store(to: MemoryOperand, from: number, tail?: Tail): void {
    this.check(from);
    if (tail === undefined) this.all(STORE, from, 0, to);
    else this.storePart(to, from, tail);
  }
  protected abstract loadPart(to: number, from: Operand, tail: Tail): void;
  protected abstract storePart(to: MemoryOperand, from: number, tail: Tail): void;

  /** One float32 in memory, or the lowest lane of a register, into all lanes. */
  broadcast(to: number, from: Operand): void {
    this.check(to, from);
    this.all(BROADCAST, to, 0, from);
  }
  /** One float32 into the lowest lane; the others become zero. */
  loadFirst(to: number, from: MemoryOperand): void {
    this.check(to);
    this.one(LOAD_ONE, to, 0, from);
  }
  /** The lowest lane. */
  storeFirst(to: MemoryOperand, from: number): void {
    this.check(from);
    this.one(STORE_ONE, from, 0, to);
  }

  // One float64, in the two lowest lanes.
  addDouble(to: number, a: number, b: Operand): void {
    this.check(to, a, b);
    this.one(ADD_DOUBLE, to, a, b);
  }
  storeDouble(to: MemoryOperand, from: number): void {
    this.check(from);
    this.one(STORE_DOUBLE, from, 0, to);
  }
  toDouble(to: number, from: number): void {
    this.check(to, from);
    this.one(TO_DOUBLE, to, from, from);
  }
  toFloat(to: number, from: number): void {
    this.check(to, from);
    this.one(TO_FLOAT, to, from, from);
  }

  abstract zero(to: number): void;
  /** The same number in all lanes. */
  fill(to: number, value: number): void {
    this.broadcast(to, this.a.pool([bitsOf(value)]));
  }
  /**
   * The same number in all lanes, to be read often: in a register that this takes where there are many,
   * else in memory. Best asked for outside of loops.
   */
  abstract constant(value: number): Operand;
  /**
   * The first `lanes` lanes; undefined for all of them. It takes registers until the present scope ends.
   */
  tail(lanes: number): Tail | undefined {
    return lanes % this.lanes === 0 ? undefined : this.part(lanes % this.lanes);
  }
  protected abstract part(lanes: number): Tail;
  /** Begins with the first lane alone. Takes a general register. */
  abstract growingTail(): GrowingTail;

  /** The nearest whole numbers. */
  abstract round(to: number, from: Operand): void;
  /**
   * to <- a 2^n for whole n from -127 (which may give zero) to 127. Overwrites n. The registers must differ.
   */
  abstract scale(to: number, a: number, n: number): void;
  /** Splits a normal x > 0 into m 2^e with 3/4 <= m < 3/2 and whole e. A NaN stays one. Overwrites x. */
  abstract splitExponent(e: number, m: number, x: number): void;

  /** All lanes become `join` of all lanes. */
  acrossLanes(join: 'add' | 'greater', x: number): void {
    this.file.scope(() => {
      const t = this.file.take();
      for (const turn of this.turns) {
        turn(t, x);
        this[join](x, x, t);
      }
    });
  }
  /** Ways to exchange lanes, which together bring every lane to every other. */
  protected abstract readonly turns: readonly ((to: number, from: number) => void)[];
  /** The two halves exchanged. */
  abstract swapHalves(to: number, from: number): void;

  /**
   * Transposes as many rows as there are lanes, each in a register. Gives the registers
   * that hold the columns then; all of them stay the caller's.
   */
  transpose(rows: readonly number[]): number[] {
    this.check(...rows);
    const registers = [...rows];
    let spare = this.file.take();
    for (const { stride, low, high } of this.exchanges)
      for (let i = 0; i < registers.length; i++)
        if ((i & stride) === 0) {
          const j = i + stride;
          low(spare, registers[i], registers[j]);
          high(registers[j], registers[i], registers[j]);
          [spare, registers[i]] = [registers[i], spare];
        }
    // The register that is left over at the end may be one of the caller's: its content goes back there.
    const lost = rows.find((register) => !registers.includes(register));
    if (lost !== undefined) {
      const at = registers.findIndex((register) => !rows.includes(register));
      this.load(lost, registers[at]);
      spare = registers[at];
      registers[at] = lost;
    }
    this.file.release(spare);
    return registers.map((_, c) => registers[(c & ~3) + COLUMN[c & 3]]);
  }
  /**
   * Steps of a transposition. Each takes two registers that are `stride` apart:
   * the first lanes of both go to one, the last to the other.
   */
  protected abstract readonly exchanges: readonly Exchange[];
}

/** An instruction set that kernels can be made for. */
export interface VectorSet {
  name: 'avx2' | 'avx512';
  /** float32 in a register. */
  lanes: number;
  /** Registers that a kernel may take. */
  registers: number;
  /** Words of /proc/cpuinfo that a processor must have. */
  needs: readonly string[];
  create(a: Assembler): Vectors;
}

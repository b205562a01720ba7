// Instructions of x64 as bytes, in a buffer that grows: general instructions, and vector
// instructions with VEX (AVX, AVX2) and EVEX prefixes (AVX-512). Encodings are those
// of Intel's Software Developer's Manual, volume 2, in their shortest form.
import type { Operand } from './operands.ts';

/** What stands before an opcode: nothing, or a byte that is part of it. */
type Prefix = 0 | 0x66 | 0xf3 | 0xf2;
/** Opcode maps: 0F, 0F 38, 0F 3A. */
type OpcodeMap = 1 | 2 | 3;

/** A vector instruction. */
export interface Encoding {
  prefix: Prefix;
  map: OpcodeMap;
  opcode: number;
  /** Whether lanes have 64 bits. EVEX has a bit for it (W). */
  lanes64?: boolean;
  /**
   * Bytes of a memory operand, where that is not a whole register. EVEX counts short offsets in this unit.
   */
  unit?: number;
}

/** Of EVEX instructions. */
export interface Masking {
  /**
   * Mask register, 1 to 7: lanes without its bit stay as they are in memory, and become zero in a register.
   */
  mask?: number;
  /** Lanes without their bit stay as they are in a register, too. */
  merge?: boolean;
  /** One float32 in memory stands for all lanes. */
  spread?: boolean;
}

const PLAIN: Masking = {};
const prefixBits = (prefix: Prefix): number =>
  prefix === 0 ? 0 : prefix === 0x66 ? 1 : prefix === 0xf3 ? 2 : 3;
const isByte = (value: number): boolean => value >= -128 && value < 128;
/** Bytes of the longest instruction. */
const LONGEST = 16;

export class Encoder {
  #bytes = new Uint8Array(1024);
  #size = 0;
  /** Constants that follow the code. */
  readonly #pool: number[] = [];
  readonly #pooled = new Map<string, number>();
  /** Places of 32 bits that say how far the pool is from the end of their instruction. */
  readonly #distances: { at: number; end: number; pooled: number }[] = [];

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  byte(...values: number[]): void {
    if (this.#size + LONGEST > this.#bytes.length) {
      const more = new Uint8Array(2 * this.#bytes.length);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    for (const value of values) this.#bytes[this.#size++] = value;
  }

  int32(value: number): void {
    this.byte(value, value >> 8, value >> 16, value >> 24);
  }

  /** Writes 32 bits where some stand already. */
  patch(at: number, value: number): void {
    for (let i = 0; i < 4; i++) this.#bytes[at + i] = value >> (8 * i);
  }

  /**
   * 32-bit words after the code, at a multiple of their size (at most 64 bytes); equal ones stand there once.
   */
  pool(words: readonly number[]): { pooled: number } {
    const key = words.join();
    let pooled = this.#pooled.get(key);
    if (pooled === undefined) {
      const unit = Math.min(16, words.length);
      while (this.#pool.length % unit > 0) this.#pool.push(0);
      pooled = 4 * this.#pool.length;
      this.#pool.push(...words);
      this.#pooled.set(key, pooled);
    }
    return { pooled };
  }

  /** The code with its constants, which begin at a multiple of 64 bytes from its start. */
  finish(): Uint8Array {
    const start = this.#pool.length > 0 ? Math.ceil(this.#size / 64) * 64 : this.#size;
    for (const { at, end, pooled } of this.#distances) this.patch(at, start + pooled - end);
    const all = new Uint8Array(start + 4 * this.#pool.length);
    all.set(this.#bytes.subarray(0, this.#size));
    all.set(new Uint8Array(Int32Array.from(this.#pool).buffer), start);
    return all;
  }

  /**
   * The ModRM byte and what follows it. EVEX counts short offsets in `unit` bytes;
   * `after` bytes end the instruction.
   */
  #modrm(reg: number, rm: Operand, unit: number, after: number): void {
    const middle = (reg & 7) << 3;
    if (typeof rm === 'number') this.byte(0xc0 | middle | (rm & 7));
    else if ('pooled' in rm) {
      this.byte(middle | 5);
      this.#distances.push({ at: this.#size, end: this.#size + 4 + after, pooled: rm.pooled });
      this.int32(0);
    } else {
      const { base, offset } = rm;
      const short = offset / unit;
      // Bases 5 and 13 without an offset mean something else.
      const mode = offset === 0 && (base & 7) !== 5 ? 0 : Number.isInteger(short) && isByte(short) ? 1 : 2;
      this.byte((mode << 6) | middle | (base & 7));
      // Bases 4 and 12 need a further byte.
      if ((base & 7) === 4) this.byte(0x24);
      if (mode === 1) this.byte(short);
      if (mode === 2) this.int32(offset);
    }
  }

  /** reg <- op(first, rm), with 128 or 256 bits; `first` is 0 where the instruction has one source. */
  vex(
    { prefix, map, opcode }: Encoding,
    bits: 128 | 256,
    reg: number,
    first: number,
    rm: Operand,
    immediate?: number,
  ): void {
    const base = baseOf(rm);
    const rest = ((~first & 15) << 3) | (bits === 256 ? 4 : 0) | prefixBits(prefix);
    if (map === 1 && base < 8) this.byte(0xc5, ((~reg & 8) << 4) | rest, opcode);
    else this.byte(0xc4, ((~reg & 8) << 4) | 0x40 | ((~base & 8) << 2) | map, rest, opcode);
    this.#modrm(reg, rm, 1, immediate === undefined ? 0 : 1);
    if (immediate !== undefined) this.byte(immediate);
  }

  /** reg <- op(first, rm) with 512 bits, or with one lane. */
  evex(
    { prefix, map, opcode, lanes64, unit = 64 }: Encoding,
    bits: 128 | 512,
    reg: number,
    first: number,
    rm: Operand,
    { mask = 0, merge, spread }: Masking = PLAIN,
    immediate?: number,
  ): void {
    const base = baseOf(rm);
    // Bits of register numbers beyond the lower three are inverted.
    const third = typeof rm === 'number' ? (~rm & 16) << 2 : 0x40;
    this.byte(
      0x62,
      ((~reg & 8) << 4) | third | ((~base & 8) << 2) | (~reg & 16) | map,
      (lanes64 ? 0x80 : 0) | ((~first & 15) << 3) | 4 | prefixBits(prefix),
      (mask > 0 && !merge ? 0x80 : 0) |
        (bits === 512 ? 0x40 : 0) |
        (spread ? 0x10 : 0) |
        ((~first & 16) >> 1) |
        mask,
      opcode,
    );
    this.#modrm(reg, rm, spread ? 4 : unit, immediate === undefined ? 0 : 1);
    if (immediate !== undefined) this.byte(immediate);
  }

  /** An instruction with 64-bit general registers. */
  general(opcode: number, reg: number, rm: Operand, immediate: number[] = []): void {
    this.byte(0x48 | ((reg & 8) >> 1) | (baseOf(rm) >> 3), opcode);
    this.#modrm(reg, rm, 1, immediate.length);
    this.byte(...immediate);
  }
}

const baseOf = (rm: Operand): number => (typeof rm === 'number' ? rm : 'base' in rm ? rm.base : 0) & 15;

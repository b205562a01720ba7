// Operations of WebAssembly with fixed-width SIMD. Each takes values and gives a value, so that a kernel
// reads as a formula. Relaxed SIMD is left out on purpose: what it rounds to depends on the machine.
import { bitsOf } from '../bits.ts';
import { type Code, memoryArgument, signedLeb, simd, type ValueType, word } from './encoding.ts';

/**
 * Instructions that leave one value on the stack. Where a value stands twice it is computed twice;
 * `FunctionBuilder.keep` puts it into a local.
 */
export interface StackValue<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: Code;
}
/** Four float32 or four integers of 32 bits, as the operation reads it. */
export type Vector = StackValue<'v128'>;
type Whole = StackValue<'i32'>;

const unary =
  <R extends ValueType, A extends ValueType>(type: R, _of: A, opcode: Code) =>
  (a: StackValue<A>): StackValue<R> => ({ type, code: [...a.code, ...opcode] });
const binary =
  <R extends ValueType, A extends ValueType, B extends ValueType>(type: R, _a: A, _b: B, opcode: Code) =>
  (a: StackValue<A>, b: StackValue<B>): StackValue<R> => ({ type, code: [...a.code, ...b.code, ...opcode] });
const lanes1 = (opcode: number) => unary('v128', 'v128', simd(opcode));
const lanes2 = (opcode: number) => binary('v128', 'v128', 'v128', simd(opcode));
const shift = (opcode: number) => binary('v128', 'v128', 'i32', simd(opcode));
const lane =
  <R extends ValueType>(type: R, opcode: number) =>
  (a: Vector, index: number): StackValue<R> => ({ type, code: [...a.code, ...simd(opcode), index] });

/** Integers of the width of a memory's addresses: pointers and counts are of this type. */
export interface Address<T extends 'i32' | 'i64' = 'i32' | 'i64'> {
  type: T;
  /** A constant below 2^31. */
  const(value: number): StackValue<T>;
  add(a: StackValue<T>, b: StackValue<T>): StackValue<T>;
  sub(a: StackValue<T>, b: StackValue<T>): StackValue<T>;
  and(a: StackValue<T>, b: StackValue<T>): StackValue<T>;
  eqz(a: StackValue<T>): Whole;
  ltU(a: StackValue<T>, b: StackValue<T>): Whole;
  geU(a: StackValue<T>, b: StackValue<T>): Whole;
  /** An unsigned i32 to this type. */
  extend(a: Whole): StackValue<T>;
  /** A number of this type, below 2^32, to an i32. */
  wrap(a: StackValue<T>): Whole;
  /** A number of JavaScript as an argument of this type. */
  argument(value: number): number | bigint;
}
/** A pointer or a count. */
export type Int = StackValue<'i32' | 'i64'>;

/** Memories of up to 4 GiB: an access outside runs into a page that is not there, so no access is checked. */
export const i32 = {
  type: 'i32',
  const: (value: number): Whole => ({ type: 'i32', code: [0x41, ...signedLeb(value)] }),
  add: binary('i32', 'i32', 'i32', [0x6a]),
  sub: binary('i32', 'i32', 'i32', [0x6b]),
  and: binary('i32', 'i32', 'i32', [0x71]),
  xor: binary('i32', 'i32', 'i32', [0x73]),
  shl: binary('i32', 'i32', 'i32', [0x74]),
  shrU: binary('i32', 'i32', 'i32', [0x76]),
  eqz: unary('i32', 'i32', [0x45]),
  ltU: binary('i32', 'i32', 'i32', [0x49]),
  geU: binary('i32', 'i32', 'i32', [0x4f]),
  load: (pointer: Int): Whole => ({ type: 'i32', code: [...pointer.code, 0x28, ...memoryArgument(0)] }),
  extend: (a: Whole): Whole => a,
  wrap: (a: Whole): Whole => a,
  argument: (value: number) => value,
} satisfies Address<'i32'> & Record<string, unknown>;

/** Memories beyond 4 GiB (the memory64 proposal, WebAssembly 3.0). */
export const i64: Address<'i64'> = {
  type: 'i64',
  const: (value) => ({ type: 'i64', code: [0x42, ...signedLeb(value)] }),
  add: binary('i64', 'i64', 'i64', [0x7c]),
  sub: binary('i64', 'i64', 'i64', [0x7d]),
  and: binary('i64', 'i64', 'i64', [0x83]),
  eqz: unary('i32', 'i64', [0x50]),
  ltU: binary('i32', 'i64', 'i64', [0x54]),
  geU: binary('i32', 'i64', 'i64', [0x5a]),
  extend: unary('i64', 'i32', [0xad]),
  wrap: unary('i32', 'i64', [0xa7]),
  argument: BigInt,
};

export const f32 = {
  const: (value: number): StackValue<'f32'> => ({ type: 'f32', code: [0x43, ...word(bitsOf(value))] }),
  max: binary('f32', 'f32', 'f32', [0x97]),
};

export const f64 = {
  add: binary('f64', 'f64', 'f64', [0xa0]),
  promote: unary('f64', 'f32', [0xbb]),
};

export const f32x4 = {
  splat: unary('v128', 'f32', simd(19)),
  eq: lanes2(65),
  lt: lanes2(67),
  gt: lanes2(68),
  le: lanes2(69),
  ge: lanes2(70),
  abs: lanes1(224),
  neg: lanes1(225),
  sqrt: lanes1(227),
  add: lanes2(228),
  sub: lanes2(229),
  mul: lanes2(230),
  div: lanes2(231),
  min: lanes2(232),
  max: lanes2(233),
  pmin: lanes2(234),
  pmax: lanes2(235),
  fromInt: lanes1(250),
  fromUint: lanes1(251),
  extractLane: lane('f32', 31),
};

export const i32x4 = {
  splat: unary('v128', 'i32', simd(17)),
  ltS: lanes2(57),
  gtS: lanes2(59),
  leU: lanes2(62),
  allTrue: unary('i32', 'v128', simd(163)),
  bitmask: unary('i32', 'v128', simd(164)),
  shl: shift(171),
  shrS: shift(172),
  shrU: shift(173),
  add: lanes2(174),
  sub: lanes2(177),
  minU: lanes2(183),
  extractLane: lane('i32', 27),
};

export const f64x2 = {
  add: lanes2(240),
  mul: lanes2(242),
  extractLane: lane('f64', 33),
  /** Two lower lanes of an f32x4, exactly. */
  promoteLow: lanes1(95),
};

const load =
  (opcode: number) =>
  (pointer: Int, offset = 0): Vector => ({
    type: 'v128',
    code: [...pointer.code, ...simd(opcode), ...memoryArgument(offset)],
  });

export const v128 = {
  load: load(0),
  /** One f32 into lane 0, zeros elsewhere. */
  load32: load(92),
  /** Two f32 into lanes 0 and 1, zeros elsewhere. */
  load64: load(93),
  /** One f32 into all lanes. */
  load32Splat: load(9),
  /** Four 32-bit integers. */
  const: (values: readonly number[]): Vector => ({
    type: 'v128',
    code: [...simd(12), ...values.flatMap(word)],
  }),
  /** Its two upper f32 in the lower lanes. */
  upper: (a: Vector): Vector => ({ type: 'v128', code: [...a.code, ...a.code, ...simd(13), ...UPPER] }),
  and: lanes2(78),
  or: lanes2(80),
  xor: lanes2(81),
  anyTrue: unary('i32', 'v128', simd(83)),
  /** `yes` where the mask's bits are set, `no` elsewhere. */
  bitselect: (yes: Vector, no: Vector, mask: Vector): Vector => ({
    type: 'v128',
    code: [...yes.code, ...no.code, ...mask.code, ...simd(82)],
  }),
};

/** By byte, where a shuffle takes it from. */
const UPPER = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

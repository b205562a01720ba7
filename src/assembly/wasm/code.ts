// Instructions of WebAssembly with fixed-width SIMD, as arrays of bytes: what kernels and simulations
// are written in. Relaxed SIMD is left out on purpose: it rounds differently from one machine to the next.
// Opcodes as in the WebAssembly 2.0 specification, section 5.4.
import { bitsOf } from '../bits.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
/** Encoded instructions. */
export type Code = number[];

export const END = 0x0b;

/** Unsigned LEB128 of an integer below 2^32. */
export function unsigned(value: number): Code {
  const bytes: Code = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) + (rest > 0 ? 128 : 0));
    value = rest;
  } while (value > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): Code {
  const bytes: Code = [];
  for (;;) {
    const low = value & 127;
    value >>= 7;
    const done = (value === 0 && !(low & 64)) || (value === -1 && Boolean(low & 64));
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Alignment is a hint only (2: a multiple of 4 bytes); `offset` is added to the address without wrapping. */
const memory = (offset: number): Code => [2, ...unsigned(offset)];

/** Integers of the width of a memory's addresses: pointers and counts are of this type. */
export interface Address {
  type: 'i32' | 'i64';
  /** A constant below 2^31. */
  const(value: number): Code;
  add: Code;
  sub: Code;
  and: Code;
  eqz: Code;
  ltU: Code;
  geU: Code;
  /** An unsigned i32 to this type. */
  extend: Code;
  /** A number of this type, below 2^32, to an i32. */
  wrap: Code;
  /** A number of JavaScript as an argument of this type. */
  argument(value: number): number | bigint;
}

/** Memories of up to 4 GiB: an access outside runs into a page that is not there, so no access is checked. */
export const i32: Address & { xor: Code; shl: Code; shrU: Code } = {
  type: 'i32',
  const: (value) => [0x41, ...signed(value)],
  add: [0x6a],
  sub: [0x6b],
  and: [0x71],
  eqz: [0x45],
  ltU: [0x49],
  geU: [0x4f],
  extend: [],
  wrap: [],
  argument: (value) => value,
  xor: [0x73],
  shl: [0x74],
  shrU: [0x76],
};

/** Memories beyond 4 GiB (the memory64 proposal, WebAssembly 3.0). */
export const i64: Address = {
  type: 'i64',
  const: (value) => [0x42, ...signed(value)],
  add: [0x7c],
  sub: [0x7d],
  and: [0x83],
  eqz: [0x50],
  ltU: [0x54],
  geU: [0x5a],
  extend: [0xad],
  wrap: [0xa7],
  argument: BigInt,
};

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number): Code => [0x21, ...unsigned(index)],
};

export const f32x4 = {
  splat: simd(19),
  eq: simd(65),
  lt: simd(67),
  gt: simd(68),
  le: simd(69),
  ge: simd(70),
  abs: simd(224),
  neg: simd(225),
  sqrt: simd(227),
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  div: simd(231),
  min: simd(232),
  max: simd(233),
  pmin: simd(234),
  pmax: simd(235),
  fromInt: simd(250),
  fromUint: simd(251),
  extractLane: (lane: number): Code => [...simd(31), lane],
};

export const i32x4 = {
  splat: simd(17),
  ltS: simd(57),
  gtS: simd(59),
  leU: simd(62),
  allTrue: simd(163),
  bitmask: simd(164),
  shl: simd(171),
  shrS: simd(172),
  shrU: simd(173),
  add: simd(174),
  sub: simd(177),
  minU: simd(183),
  extractLane: (lane: number): Code => [...simd(27), lane],
};

export const f64x2 = {
  add: simd(240),
  mul: simd(242),
  extractLane: (lane: number): Code => [...simd(33), lane],
  /** Two lower lanes of an f32x4, exactly. */
  promoteLow: simd(95),
};

export const f64 = {
  add: [0xa0],
  mul: [0xa2],
  promote: [0xbb],
};
export const f32 = { const: (value: number): Code => [0x43, ...wordOf(bitsOf(value))], max: [0x97] };

export const v128 = {
  load: (offset = 0): Code => [...simd(0), ...memory(offset)],
  /** One f32 into lane 0, zeros elsewhere. */
  load32: (offset = 0): Code => [...simd(92), ...memory(offset)],
  /** Two f32 into lanes 0 and 1, zeros elsewhere. */
  load64: (offset = 0): Code => [...simd(93), ...memory(offset)],
  store: (offset = 0): Code => [...simd(11), ...memory(offset)],
  /** One lane as one f32. */
  store32: (offset = 0, lane = 0): Code => [...simd(90), ...memory(offset), lane],
  /** One f32 into all lanes. */
  load32Splat: (offset = 0): Code => [...simd(9), ...memory(offset)],
  /** Four 32-bit integers. */
  const: (lanes: readonly number[]): Code => [...simd(12), ...lanes.flatMap(wordOf)],
  /** (a, a): its two upper f32 into the lower lanes. */
  upper: [...simd(13), ...[8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]] as Code,
  and: simd(78),
  or: simd(80),
  xor: simd(81),
  anyTrue: simd(83),
  /** (a, b, mask): a where the mask's bits are set, b elsewhere. */
  bitselect: simd(82),
};

/** A 32-bit integer as bytes, lowest first. */
const wordOf = (value: number): Code => [0, 8, 16, 24].map((bit) => (value >>> bit) & 255);

/** Adds one to the 32-bit integer at an address on the stack. */
export const count1 = (temporary: number): Code => [
  ...[...local.set(temporary), ...local.get(temporary), ...local.get(temporary)],
  ...[0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0],
];
/** Runs `body` if the i32 on the stack is not zero. */
export const when = (body: Code): Code => [0x04, 0x40, ...body, END];
/** Runs `body` until the i32 that it leaves is zero; at least once. */
export const loopWhile = (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, END];

/**
 * While at least `step` elements remain in local `count`: run `body`, advance every f32 pointer in `pointers`
 * by `step` elements, and subtract them from `count`. Counting down (instead of comparing with an end
 * address) keeps this right up to the last byte of a 4 GiB memory, where the end address wraps to zero.
 */
export function countedLoop(
  int: Address,
  count: number,
  step: number,
  pointers: readonly number[],
  body: Code,
): Code {
  const advance = pointers.flatMap((p) => [
    ...local.get(p),
    ...int.const(4 * step),
    ...int.add,
    ...local.set(p),
  ]);
  return [
    ...[0x02, 0x40], // block
    ...[...local.get(count), ...int.const(step), ...int.ltU, 0x0d, 0], // leave the block
    ...loopWhile([
      ...body,
      ...advance,
      ...[...local.get(count), ...int.const(step), ...int.sub, ...local.set(count)],
      ...[...local.get(count), ...int.const(step), ...int.geU],
    ]),
    END,
  ];
}

// Instructions of x64 with AVX2, as arrays of bytes: what kernels are written in where the processor has them. Twice the lanes of
// WebAssembly's vectors, and the same IEEE operations, so the same bits. Encodings as in Intel's Software Developer's
// Manual, volume 2; VEX prefixes always have their three-byte form. Fused multiply-add is left out on purpose: it rounds once.

/** Encoded instructions, the bytes of one or several at a time. Jumps are relative, so code may be put together from pieces, and anywhere. */
export type Code = ArrayLike<number>[];

const lengthOf = (code: Code): number => code.reduce((sum, bytes) => sum + bytes.length, 0);
/** The code as it stands in memory. */
export function bytesOf(code: Code): Uint8Array {
  const all = new Uint8Array(lengthOf(code));
  let at = 0;
  for (const bytes of code) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}
/** The same code in one piece: a list of thousands of instructions takes ten times the memory of their bytes. */
export const packed = (code: Code): Code => [bytesOf(code)];

/** Numbers of the general registers that a function may change (System V); `rdi` holds its first argument. */
export const rdi = 7;
export const FREE = [0, 1, 2, 6, 8, 9, 10, 11] as const;

/** Memory at a general register's value plus `offset` bytes. */
export interface At {
  base: number;
  offset: number;
}
/** A register by number, or memory. */
export type Operand = number | At;

export const int32 = (value: number): number[] => [0, 8, 16, 24].map((bit) => (value >> bit) & 255);

/** Adds the ModRM byte and what follows it. Bases 4 and 12 need a further byte; offsets always have 32 bits. */
export function addModrm(bytes: number[], reg: number, rm: Operand): void {
  const middle = (reg & 7) << 3;
  if (typeof rm === 'number') {
    bytes.push(0xc0 | middle | (rm & 7));
    return;
  }
  const { base, offset } = rm;
  bytes.push(0x80 | middle | (base & 7));
  if ((base & 7) === 4) bytes.push(0x24);
  bytes.push(offset & 255, (offset >> 8) & 255, (offset >> 16) & 255, (offset >> 24) & 255);
}
function modrm(reg: number, rm: Operand): number[] {
  const bytes: number[] = [];
  addModrm(bytes, reg, rm);
  return bytes;
}
/** The bit of a register's number that does not fit into ModRM. */
const high = (register: number) => register >> 3;
const highOf = (rm: Operand) => high(typeof rm === 'number' ? rm : rm.base);

export type Prefix = 0 | 0x66 | 0xf3 | 0xf2;
/** A prefix as VEX and EVEX have it. */
export const prefixBits = (prefix: Prefix): number => [0, 0x66, 0xf3, 0xf2].indexOf(prefix);
/** Opcode maps: 0F, 0F 38, 0F 3A. */
export type OpcodeMap = 1 | 2 | 3;
/** Lanes of 32 bits: 4 in the lower half of a register (the upper becomes zero), or all 8. */
type Width = 4 | 8;

/** reg <- op(first, rm); `first` is 0 where the instruction has one source. */
const vex =
  (prefix: Prefix, map: OpcodeMap, opcode: number) =>
  (width: Width, reg: number, first: number, rm: Operand, ...immediate: number[]): Code => [
    [
      0xc4,
      ((high(reg) ^ 1) << 7) | 0x40 | ((highOf(rm) ^ 1) << 5) | map,
      ((~first & 15) << 3) | (width === 8 ? 4 : 0) | prefixBits(prefix),
      opcode,
      ...modrm(reg, rm),
      ...immediate,
    ],
  ];

type Binary = (to: number, a: number, b: Operand) => Code;
const binary = (prefix: Prefix, opcode: number, width: Width = 8): Binary => {
  const encode = vex(prefix, 1, opcode);
  return (to, a, b) => encode(width, to, a, b);
};
const unary = (prefix: Prefix, map: OpcodeMap, opcode: number, width: Width = 8) => {
  const encode = vex(prefix, map, opcode);
  return (to: number, from: Operand): Code => encode(width, to, 0, from);
};
const store = (prefix: Prefix, opcode: number, width: Width) => {
  const encode = vex(prefix, 1, opcode);
  return (to: At, from: number): Code => encode(width, from, 0, to);
};

const compare = vex(0, 1, 0xc2);
const blend = vex(0x66, 3, 0x4a);
const shift = vex(0x66, 1, 0x72);
const extract = vex(0x66, 3, 0x19);

/** Predicates of comparisons; with a NaN all are false, but the one that says otherwise. */
const PREDICATE = { eq: 0, 'eq or NaN': 8, lt: 0x11, le: 0x12, gt: 0x1e };
export type Comparison = keyof typeof PREDICATE;

/** Eight float32. */
export const f32x8 = {
  add: binary(0, 0x58),
  mul: binary(0, 0x59),
  sub: binary(0, 0x5c),
  div: binary(0, 0x5e),
  /** a < b ? a : b, and a > b ? a : b: the second where one is a NaN. */
  lesser: binary(0, 0x5d),
  greater: binary(0, 0x5f),
  and: binary(0, 0x54),
  or: binary(0, 0x56),
  xor: binary(0, 0x57),
  sqrt: unary(0, 1, 0x51),
  /** All bits of a lane where the comparison holds, none elsewhere. */
  compare: (how: Comparison, to: number, a: number, b: Operand): Code => compare(8, to, a, b, PREDICATE[how]),
  /** Lanes of `yes` where the sign bit of `mask` is set, of `no` elsewhere. */
  select: (to: number, mask: number, yes: Operand, no: number): Code => blend(8, to, no, yes, mask << 4),
  load: unary(0, 1, 0x10),
  store: store(0, 0x11, 8),
  /** One float32 into all lanes. */
  broadcast: unary(0x66, 2, 0x18) as (to: number, from: At) => Code,
  /** Shifts the bits of every lane. */
  shiftRight: (to: number, from: number, bits: number): Code => shift(8, 2, to, from, bits),
  /** The upper four lanes into the lower ones of another register. */
  upper: (to: number, from: number): Code => extract(8, from, 0, to, 1),
};

/** One float32: the other lanes become zero when it is loaded. */
export const f32 = { load: unary(0xf3, 1, 0x10, 4), store: store(0xf3, 0x11, 4) };

/** Four float64. */
export const f64x4 = {
  add: binary(0x66, 0x58),
  mul: binary(0x66, 0x59),
  /** Of the four lower float32, exactly. */
  promote: unary(0, 1, 0x5a),
};

/** Two float64 in the lower half of a register. */
export const f64x2 = {
  add: binary(0x66, 0x58, 4),
  /** The upper of the two into the lower place. */
  upper: (to: number, from: number): Code => vex(0x66, 1, 0x15)(4, to, from, from),
};

/** One float64 in the lowest lane. */
export const f64 = {
  add: binary(0xf2, 0x58, 4),
  promote: (to: number, from: number): Code => vex(0xf3, 1, 0x5a)(4, to, from, from),
  store: store(0xf2, 0x11, 4),
  /** To a float32. */
  demote: (to: number, from: number): Code => vex(0xf2, 1, 0x5a)(4, to, from, from),
};

const rex = (reg: number, rm: Operand) => 0x48 | (high(reg) << 2) | highOf(rm);
/** An instruction with 64-bit general registers. */
const general = (opcode: number, reg: number, rm: Operand, ...immediate: number[]): Code => [
  [rex(reg, rm), opcode, ...modrm(reg, rm), ...immediate],
];
const short = (opcode: number, register: number): Code => [
  [...(register > 7 ? [0x41] : []), opcode | (register & 7)],
];
const immediate = (extension: number) => (register: number, value: number) =>
  general(0x81, extension, register, ...int32(value));

/** 64-bit integers in general registers; constants are whole numbers with a sign, of 32 bits. */
export const i64 = {
  load: (to: number, from: At): Code => general(0x8b, to, from),
  store: (to: At, from: number): Code => general(0x89, from, to),
  copy: (to: number, from: number): Code => general(0x8b, to, from),
  set: (to: number, value: number): Code => general(0xc7, 0, to, ...int32(value)),
  /** The address of a place in memory. */
  address: (to: number, of: At): Code => general(0x8d, to, of),
  add: (to: number, from: number): Code => general(0x01, from, to),
  timesConst: (to: number, from: number, value: number): Code => general(0x69, to, from, ...int32(value)),
  compare: (a: number, b: number): Code => general(0x39, b, a),
  push: (register: number): Code => short(0x50, register),
  pop: (register: number): Code => short(0x58, register),
  addConst: immediate(0),
  subConst: immediate(5),
  compareConst: immediate(7),
};

const BELOW = 2;
const NOT_BELOW = 3;
const ZERO = 4;
const NOT_ZERO = 5;
const jump = (condition: number, bytes: number): Code => [[0x0f, 0x80 | condition, ...int32(bytes)]];
const JUMP_BYTES = 6;

/** Runs `yes` if a register, without a sign, is below a whole number (itself below 2^31), else `no`. */
export function ifBelow(register: number, bound: number, yes: Code, no: Code): Code {
  const past: Code = [[0xe9, ...int32(lengthOf(no))]];
  return [
    ...[...i64.compareConst(register, bound), ...jump(NOT_BELOW, lengthOf(yes) + lengthOf(past))],
    ...[...yes, ...past, ...no],
  ];
}

/** Runs `body` if two registers differ. */
export const unlessEqual = (a: number, b: number, body: Code): Code => [
  ...[...i64.compare(a, b), ...jump(ZERO, lengthOf(body))],
  ...body,
];

/** Runs `body` if a register has none of the bits of `mask`. */
export const unlessBits = (register: number, mask: number, body: Code): Code => [
  ...general(0xf7, 0, register, ...int32(mask)),
  ...[...jump(NOT_ZERO, lengthOf(body)), ...body],
];

/**
 * While at least `step` elements remain in register `count`: run `body`, advance every f32 pointer by `step` elements, and
 * subtract them from `count`.
 */
export function countedLoop(count: number, step: number, pointers: readonly number[], body: Code): Code {
  const turn = [
    ...body,
    ...pointers.flatMap((pointer) => i64.addConst(pointer, 4 * step)),
    ...[...i64.subConst(count, step), ...i64.compareConst(count, step)],
  ];
  return [
    ...[...i64.compareConst(count, step), ...jump(BELOW, lengthOf(turn) + JUMP_BYTES)],
    ...[...turn, ...jump(NOT_BELOW, -lengthOf(turn) - JUMP_BYTES)],
  ];
}

/** Runs `body` `times` times, at least once, counting in a register that `body` leaves alone. */
export function repeat(counter: number, times: number, body: Code): Code {
  if (times === 1) return body;
  const turn = [...body, ...i64.subConst(counter, 1)];
  return [...i64.set(counter, times), ...turn, ...jump(NOT_ZERO, -lengthOf(turn) - JUMP_BYTES)];
}

/** Clears the upper halves of vector registers: older vector instructions would wait for them. */
export const clearUpper: Code = [[0xc5, 0xf8, 0x77]];
/** Back to the caller. */
export const ret: Code = [[0xc3]];
/** Ends a function that used vectors. */
export const leave: Code = [...clearUpper, ...ret];

// Instructions of x64 with AVX-512 (its foundation, F), beside those of x64-code.ts: sixteen float32 in a register, 32 registers, fused
// multiply-add. Encodings as in Intel's Software Developer's Manual, volume 2, section 2.7; offsets always have 32 bits.
import {
  type At,
  addModrm,
  type Code,
  int32,
  type OpcodeMap,
  type Operand,
  type Prefix,
  prefixBits,
} from './x64-code.ts';

/** A mask register (1 to 7): lanes without its bit stay as they are in memory, or become zero in a register. */
interface Masked {
  mask?: number;
  /** In a register too, lanes without their bit stay as they are. */
  merge?: boolean;
}

interface Encoding {
  prefix: Prefix;
  map: OpcodeMap;
  opcode: number;
  /** Lanes of 64 bits. */
  wide?: boolean;
}

interface Variant extends Masked {
  /** One float32 in memory stands for all lanes. */
  spread?: boolean;
  immediate?: number;
}
const PLAIN: Variant = {};

/** reg <- op(first, rm). Without spreading of arrays: a kernel has thousands of instructions, and runs wait for them. */
function evex(
  { prefix, map, opcode, wide }: Encoding,
  reg: number,
  first: number,
  rm: Operand,
  { mask = 0, merge, spread, immediate }: Variant = PLAIN,
): Code {
  const memory = typeof rm !== 'number';
  const base = memory ? rm.base : rm;
  // Bits of register numbers beyond the lower three are inverted.
  const third = memory ? 0x40 : (~rm & 16) << 2;
  const bytes = [
    0x62,
    ((~reg & 8) << 4) | third | ((~base & 8) << 2) | (~reg & 16) | map,
    (wide ? 0x80 : 0) | ((~first & 15) << 3) | 4 | prefixBits(prefix),
    (mask > 0 && !merge ? 0x80 : 0) | 0x40 | (spread ? 0x10 : 0) | ((~first & 16) >> 1) | mask,
    opcode,
  ];
  addModrm(bytes, reg, rm);
  if (immediate !== undefined) bytes.push(immediate);
  return [bytes];
}

const encoding = (prefix: Prefix, map: OpcodeMap, opcode: number, wide = false): Encoding => ({
  prefix,
  map,
  opcode,
  wide,
});
const at = (...encoded: Parameters<typeof encoding>) => {
  const how = encoding(...encoded);
  return (reg: number, first: number, rm: Operand, immediate?: number): Code =>
    evex(how, reg, first, rm, immediate === undefined ? PLAIN : { immediate });
};
const unary = (...encoded: Parameters<typeof encoding>) => {
  const encode = at(...encoded);
  return (to: number, from: Operand): Code => encode(to, 0, from);
};

const shuffle = at(0x66, 3, 0x23);
const permute = at(0x66, 3, 0x04);
const roundScale = at(0x66, 3, 0x08);
const mantissa = at(0x66, 3, 0x26);
const xor = at(0x66, 1, 0xef);
const loads = encoding(0, 1, 0x10);
const stores = encoding(0, 1, 0x11);
const spreads = encoding(0x66, 2, 0xb8);
const SPREAD = { spread: true };

/** Sixteen float32. */
export const f32x16 = {
  add: at(0, 1, 0x58),
  mul: at(0, 1, 0x59),
  sub: at(0, 1, 0x5c),
  div: at(0, 1, 0x5e),
  /** a < b ? a : b, and a > b ? a : b: the second where one is a NaN. */
  lesser: at(0, 1, 0x5d),
  greater: at(0, 1, 0x5f),
  sqrt: unary(0, 1, 0x51),
  /** to + a b and to - a b, rounded once. */
  addProduct: at(0x66, 2, 0xb8),
  subProduct: at(0x66, 2, 0xbc),
  /** to a + b. */
  timesPlus: at(0x66, 2, 0xa8),
  /** to + a b, b one float32 in memory, the same for all lanes. */
  addSpread: (to: number, a: number, b: At): Code => evex(spreads, to, a, b, SPREAD),
  load: (to: number, from: Operand, masked: Masked = PLAIN): Code => evex(loads, to, 0, from, masked),
  store: (to: At, from: number, masked?: { mask?: number }): Code =>
    evex(stores, from, 0, to, masked?.mask ? { ...masked, merge: true } : PLAIN),
  /** One float32 in memory, or the first of a register, into all lanes. */
  broadcast: unary(0x66, 2, 0x18),
  zero: (to: number): Code => xor(to, to, to),
  /** The nearest whole numbers. */
  round: (to: number, from: Operand): Code => roundScale(to, 0, from, 0),
  /** The exponent e of x = 2^e m, 1 <= m < 2. */
  exponent: unary(0x66, 2, 0x42),
  /** x / 2^e for the whole e that makes it 3/4 to 3/2. */
  mantissa: (to: number, from: Operand): Code => mantissa(to, 0, from, 3),
  /** a 2^b for whole b. */
  scale: at(0x66, 2, 0x2c),
  /** Of each group of four lanes, those of a and of b in turn: the first two, the last two; alone, or in pairs. */
  lowOf: at(0, 1, 0x14),
  highOf: at(0, 1, 0x15),
  lowPairsOf: at(0x66, 1, 0x14, true),
  highPairsOf: at(0x66, 1, 0x15, true),
  /** Groups of four lanes: two of a, two of b, chosen by two bits each. */
  groups: (to: number, a: number, b: Operand, choice: number): Code => shuffle(to, a, b, choice),
  /** Inside each group of four lanes, chosen by two bits each. */
  within: (to: number, from: Operand, choice: number): Code => permute(to, 0, from, choice),
};

/** All lanes become `join` of all lanes; `t` is lost. */
export const acrossLanes = (join: (to: number, a: number, b: number) => Code, x: number, t: number): Code =>
  [
    f32x16.groups(t, x, x, 0x4e),
    f32x16.groups(t, x, x, 0xb1),
    f32x16.within(t, x, 0x4e),
    f32x16.within(t, x, 0xb1),
  ].flatMap((turn) => [...turn, ...join(x, x, t)]);

const bits = new DataView(new ArrayBuffer(4));
const setEax = (value: number): Code => [[0xb8, ...int32(value)]];
/** A mask from general register 0. */
const setMask = (mask: number): Code => [[0xc5, 0xf8, 0x92, 0xc0 | (mask << 3)]];
const allFromEax = at(0x66, 2, 0x7c);

/** The same float32 in all lanes; general register 0 is lost. */
export function constant(to: number, value: number): Code {
  bits.setFloat32(0, value);
  return [...setEax(bits.getInt32(0)), ...allFromEax(to, 0, 0)];
}

/** Mask register `mask` of the first `lanes` lanes; general register 0 holds its bits then. */
export const firstLanes = (mask: number, lanes: number): Code => [
  ...setEax(2 ** lanes - 1),
  ...setMask(mask),
];

/** One lane more in a mask whose bits general register 0 holds. */
export const oneLaneMore = (mask: number): Code => [[0x48, 0x8d, 0x44, 0x00, 0x01], ...setMask(mask)];

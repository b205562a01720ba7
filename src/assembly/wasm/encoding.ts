// The smallest pieces of WebAssembly's binary form: types of values, whole numbers, opcodes with a prefix.
// As in the WebAssembly 2.0 specification, section 5.

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
/** Encoded instructions. */
export type Code = number[];

export const END = 0x0b;

/** Unsigned LEB128 of an integer below 2^32. */
export function unsignedLeb(value: number): Code {
  const bytes: Code = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) + (rest > 0 ? 128 : 0));
    value = rest;
  } while (value > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function signedLeb(value: number): Code {
  const bytes: Code = [];
  for (;;) {
    const low = value & 127;
    value >>= 7;
    const done = (value === 0 && !(low & 64)) || (value === -1 && Boolean(low & 64));
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

/** A 32-bit integer as bytes, lowest first. */
export const word = (value: number): Code => [0, 8, 16, 24].map((bit) => (value >>> bit) & 255);

export const simd = (opcode: number): Code => [0xfd, ...unsignedLeb(opcode)];

/**
 * What follows the opcode of a load or a store. Alignment is a hint only (2: a multiple of 4 bytes);
 * `offset` is added to the address without wrapping.
 */
export const memoryArgument = (offset: number): Code => [2, ...unsignedLeb(offset)];

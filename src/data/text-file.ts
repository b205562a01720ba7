// Reads text files of any size piece by piece, and refuses what is not UTF-8 text, saying where.
import { isUtf8 } from 'node:buffer';
import { UserError } from '../core/errors.ts';
import { piecesOfAny } from './pieces.ts';

/**
 * Gathers UTF-8 text from pieces that are cut anywhere: `add` and `end` give what is whole,
 * without a byte order mark. Both throw UserError for a NUL byte (binary) or what is not UTF-8,
 * with the offset in bytes. `name` is for messages.
 */
export function createUtf8(name: string) {
  let offset = 0;
  let carry: Buffer = Buffer.alloc(0);
  const checked = (chunk: Buffer, end: number): Buffer => {
    const text = chunk.subarray(0, end);
    const nul = text.indexOf(0);
    if (nul >= 0) throw new UserError(`${name} is not a text file: NUL byte at offset ${offset + nul}`);
    if (!isUtf8(text)) {
      throw new UserError(
        `${name} is not UTF-8 text: invalid byte at offset ${offset + invalidAt(text)}; convert it (for example with iconv)`,
      );
    }
    const mark = offset === 0 && text.length >= 3 && text.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0;
    offset += end;
    carry = chunk.subarray(end);
    return text.subarray(mark);
  };
  return {
    add(piece: Buffer): Buffer {
      const chunk = carry.length === 0 ? piece : Buffer.concat([carry, piece]);
      // A byte order mark must not arrive in parts.
      if (offset === 0 && chunk.length < 3) {
        carry = chunk;
        return Buffer.alloc(0);
      }
      return checked(chunk, wholeCharacters(chunk));
    },
    end: (): Buffer => checked(carry, carry.length),
  };
}

/**
 * The bytes of a text file or pipe, piece by piece, cut between characters, without a byte order mark.
 * Throws UserError for a file that cannot be read or is not UTF-8 text.
 */
export function* readUtf8(path: string): Generator<Buffer> {
  const text = createUtf8(path);
  for (const piece of piecesOfAny(path)) yield text.add(piece);
  yield text.end();
}

/**
 * Length without a character that may continue in the next chunk: looks back at most
 * three bytes for its first byte.
 */
function wholeCharacters(chunk: Buffer): number {
  for (let back = 1; back <= Math.min(3, chunk.length); back++) {
    const byte = chunk[chunk.length - back];
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? chunk.length - back : chunk.length;
    }
  }
  return chunk.length;
}

/** Offset of the first character that is not valid: the longest valid beginning, by bisection. */
function invalidAt(chunk: Buffer): number {
  const decode = new TextDecoder('utf-8', { fatal: true });
  const valid = (end: number) => {
    try {
      decode.decode(chunk.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    } finally {
      // Forgets a half character, so that the next trial starts clean.
      try {
        decode.decode();
      } catch {}
    }
  };
  let [low, high] = [0, chunk.length + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (valid(middle)) low = middle;
    else high = middle;
  }
  // `low` bytes may be decoded without an error; the character that is wrong may have begun before.
  return Math.min(wholeCharacters(chunk.subarray(0, low)), low);
}

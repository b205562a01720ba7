// Reads text files of any size piece by piece, and refuses what is not UTF-8 text, saying where.
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';

const chunkBytes = 1 << 20;

/**
 * The bytes of a file, chunk by chunk, cut between characters, without a byte order mark.
 * Throws UserError for a file that cannot be read, holds a NUL byte (binary) or is not UTF-8, with the offset in bytes.
 */
export function* readUtf8(path: string): Generator<Buffer> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
  try {
    let offset = 0;
    let carry = Buffer.alloc(0);
    for (let last = false; !last; ) {
      const room = Buffer.allocUnsafe(carry.length + chunkBytes);
      carry.copy(room);
      const got = readInto(fd, room, carry.length, path);
      last = got === 0;
      const chunk = room.subarray(0, carry.length + got);
      const end = last ? chunk.length : wholeCharacters(chunk);
      const text = chunk.subarray(0, end);
      const nul = text.indexOf(0);
      if (nul >= 0) throw new UserError(`${path} is not a text file: NUL byte at offset ${offset + nul}`);
      if (!isUtf8(text)) {
        throw new UserError(
          `${path} is not UTF-8 text: invalid byte at offset ${offset + invalidAt(text)}; convert it (for example with iconv)`,
        );
      }
      const mark =
        offset === 0 && text.length >= 3 && text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0;
      if (end > mark) yield text.subarray(mark);
      offset += end;
      carry = Buffer.from(chunk.subarray(end));
    }
  } finally {
    closeSync(fd);
  }
}

function readInto(fd: number, room: Buffer, at: number, path: string): number {
  try {
    return readSync(fd, room, at, room.length - at, null);
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
}

/** Length without a character that may continue in the next chunk: looks back at most three bytes for its first byte. */
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

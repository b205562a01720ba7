// Unpacks gzip and Zstandard piece by piece: several members or frames one after the other,
// and every damage named.
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { UserError } from '../core/errors.ts';
import { codeOf } from '../files/errors.ts';
import type { Compression } from './kinds.ts';

/**
 * The bytes that compressed pieces hold; memory does not depend on their number. `path` is for messages.
 * Throws UserError for a stream that is damaged, cut short, or followed by something else.
 */
export async function* decompress(
  pieces: Iterable<Buffer>,
  how: Compression,
  path: string,
): AsyncGenerator<Buffer> {
  const source = pieces[Symbol.iterator]();
  // Pieces that were handed over and are perhaps not used up: Node's decoders end at the end of a frame.
  let held: Buffer[] = [];
  const more = (): Buffer | undefined => {
    const next = source.next();
    return next.done ? undefined : next.value;
  };
  function* feed(first: Buffer[]): Generator<Buffer> {
    for (const piece of first) yield piece;
    for (let piece = more(); piece !== undefined; piece = more()) {
      held.push(piece);
      yield piece;
    }
  }
  try {
    for (let first = more(); first !== undefined; ) {
      held = [first];
      const decoder = how === 'gzip' ? zlib.createGunzip() : zlib.createZstdDecompress();
      const input = Readable.from(feed([first]), { highWaterMark: 1 });
      input.on('error', (error) => decoder.destroy(error));
      try {
        yield* input.pipe(decoder) as AsyncIterable<Buffer>;
      } finally {
        input.destroy();
      }
      // The next member or frame begins where this one ended.
      let rest: Buffer = Buffer.concat(held).subarray(decoder.bytesWritten);
      if (how === 'gzip') rest = withoutPadding(rest, more, path);
      first = rest.length > 0 ? rest : more();
    }
  } catch (error) {
    throw explained(error, how, path);
  } finally {
    source.return?.();
  }
}

/**
 * gzip files may end in zeros (tapes do); Node's decoder stops there, so that anything
 * behind them would be lost.
 */
function withoutPadding(rest: Buffer, more: () => Buffer | undefined, path: string): Buffer {
  for (let piece: Buffer | undefined = rest; piece !== undefined; piece = more())
    if (piece.some((byte) => byte !== 0))
      throw new UserError(`${path} is damaged: the gzip stream is followed by something else; get it again`);
  return Buffer.alloc(0);
}

function explained(error: unknown, how: Compression, path: string): unknown {
  const code = codeOf(error) ?? '';
  if (error instanceof UserError || !/^(Z_|ZSTD_|ERR_)/.test(code)) return error;
  const name = how === 'gzip' ? 'gzip' : 'Zstandard';
  const { message } = error as Error;
  if (code === 'Z_BUF_ERROR')
    return new UserError(`${path} is cut short: its ${name} stream has no end; get it again`);
  if (/window|memory/i.test(code + message))
    return new UserError(
      `${path} needs more than 128 MB to be unpacked (it was compressed with --long): compress it again without`,
    );
  return new UserError(
    `${path} is damaged: its ${name} stream cannot be unpacked (${message}); get it again`,
  );
}

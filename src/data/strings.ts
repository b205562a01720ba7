// The text of a file as strings: unpacked, decoded from UTF-8 or UTF-16, and told
// apart from what is no text by its first bytes.
import { UserError } from '../core/errors.ts';
import { decompress } from './decompress.ts';
import { compressionOf, type Foreign, foreignKind, isParquet } from './kinds.ts';
import { piecesOf } from './pieces.ts';
import { createUtf8 } from './text-file.ts';

/** As much of a file as is looked at to tell what it is. */
const headBytes = 1 << 16;

export type Contents =
  | { kind: 'foreign'; foreign: Foreign }
  | { kind: 'parquet' }
  | {
      kind: 'text';
      /** The beginning, about 64 KB; all of it when `whole`. */
      head: string;
      whole: boolean;
      strings(): AsyncGenerator<string>;
    };

/**
 * Opens a file and tells what it is. `hear` gets the raw bytes as they are read,
 * but those of Parquet, which is read by position. Call `close` when done, or read `strings` to its end.
 */
export async function openContents(
  path: string,
  hear: (piece: Buffer) => void,
): Promise<Contents & { close(): Promise<void> }> {
  const raw = piecesOf(path);
  const first: Buffer = raw.next().value ?? Buffer.alloc(0);
  const how = compressionOf(first);
  if (how === undefined && isParquet(first)) {
    raw.return(undefined);
    return { kind: 'parquet', close: async () => {} };
  }
  const given = heard(first, raw, hear);
  const bytes = how ? decompress(given, how, path) : asynchronous(given);
  const close = async () => void (await bytes.return(undefined));
  try {
    const held: Buffer[] = [];
    let whole = true;
    let length = 0;
    for (let next = await bytes.next(); !next.done; next = await bytes.next()) {
      held.push(next.value);
      length += next.value.length;
      if (length >= headBytes) {
        whole = false;
        break;
      }
    }
    const head = Buffer.concat(held);
    const foreign = foreignKind(head);
    if (foreign) {
      await close();
      return { kind: 'foreign', foreign, close };
    }
    const decoded = decoderOf(head, path);
    const opening = decoded.add(head);
    const beginning = whole ? opening + decoded.end() : opening;
    const strings = async function* () {
      yield beginning;
      if (whole) return;
      for await (const piece of bytes) yield decoded.add(piece);
      yield decoded.end();
    };
    return { kind: 'text', head: beginning, whole, strings, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function* heard(first: Buffer, rest: Generator<Buffer>, hear: (piece: Buffer) => void): Generator<Buffer> {
  for (let piece: Buffer | undefined = first; piece !== undefined; piece = rest.next().value) {
    hear(piece);
    if (piece.length > 0) yield piece;
  }
}

async function* asynchronous(pieces: Generator<Buffer>): AsyncGenerator<Buffer> {
  yield* pieces;
}

interface Decoder {
  add(piece: Buffer): string;
  end(): string;
}

/** UTF-16 with a byte order mark, else UTF-8. */
function decoderOf(head: Buffer, path: string): Decoder {
  const mark = head.length >= 2 ? head.readUInt16BE(0) : 0;
  if (mark === 0xfffe) return utf16(path, 'utf-16le');
  if (mark === 0xfeff) return utf16(path, 'utf-16be');
  const zeros = [0, 1].map(
    (odd) => head.subarray(0, 200).filter((byte, i) => i % 2 === odd && byte === 0).length,
  );
  if (
    head.length >= 16 &&
    Math.max(...zeros) > 0.4 * Math.min(100, head.length / 2) &&
    Math.min(...zeros) === 0
  )
    throw new UserError(
      `${path} looks like UTF-16 text without a byte order mark: convert it to UTF-8 (for example with iconv)`,
    );
  const utf8 = createUtf8(path);
  return { add: (piece) => utf8.add(piece).toString('utf8'), end: () => utf8.end().toString('utf8') };
}

function utf16(path: string, encoding: 'utf-16le' | 'utf-16be'): Decoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (piece?: Buffer): string => {
    let text: string;
    try {
      text = decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      throw new UserError(`${path} is not UTF-16 text, though its byte order mark says so`);
    }
    if (text.includes('\0')) throw new UserError(`${path} is not a text file: it holds NUL characters`);
    return text;
  };
  return { add: decode, end: () => decode() };
}

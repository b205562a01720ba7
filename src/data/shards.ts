// Token shards: flat binary files of ids (little-endian uint16 or uint32; uint8 for pixels),
// read by position through a small cache.
import { closeSync, fstatSync, readSync } from 'node:fs';
import { openPlain } from '../files/plain.ts';
import { createPrivateFile } from './private.ts';

export type TokenType = 'uint8' | 'uint16' | 'uint32';

/** Smallest type that holds every id of a vocabulary. */
export const tokenType = (vocabSize: number): TokenType => (vocabSize <= 65536 ? 'uint16' : 'uint32');
export const tokenWidth = (type: TokenType): number => ({ uint8: 1, uint16: 2, uint32: 4 })[type];

const arrays = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };
type Ids = Uint8Array | Uint16Array | Uint32Array;

/** A sequence of token ids that need not fit into memory. */
export interface TokenShard {
  /** Tokens. */
  readonly length: number;
  /** Fills `out` with the ids from position `start` on. Throws RangeError beyond the end. */
  read(start: number, out: Int32Array): void;
}

// 512 blocks of 64 KiB: shards up to 32 MiB end up in memory whole, of larger ones at most that much is kept.
const blockBytes = 1 << 16;
const cachedBlocks = 512;

/** Opens a shard file for reading; nothing is read yet. */
export function openShard(path: string, type: TokenType): TokenShard & { close(): void } {
  const fd = openPlain(path);
  const width = tokenWidth(type);
  const perBlock = blockBytes / width;
  const length = Math.floor(fstatSync(fd).size / width);
  // A Map iterates in order of insertion: the first key is the block unused for longest.
  const blocks = new Map<number, Ids>();
  let open = true;

  const bytes = Buffer.alloc(blockBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, blockBytes);

  const load = (index: number, ids: Ids) => {
    let got = 0;
    for (let n = -1; n !== 0 && got < blockBytes; got += n) {
      n = readSync(fd, bytes, got, blockBytes - got, index * blockBytes + got);
    }
    for (let i = 0; i < perBlock; i++)
      ids[i] =
        width === 1 ? bytes[i] : width === 2 ? view.getUint16(2 * i, true) : view.getUint32(4 * i, true);
  };
  const block = (index: number): Ids => {
    let ids = blocks.get(index);
    if (ids !== undefined) blocks.delete(index);
    else {
      // The block given up lends its memory: reading makes no garbage.
      const oldest = blocks.size < cachedBlocks ? undefined : blocks.keys().next().value;
      ids = oldest === undefined ? undefined : blocks.get(oldest);
      if (oldest !== undefined) blocks.delete(oldest);
      ids ??= new arrays[type](perBlock);
      load(index, ids);
    }
    blocks.set(index, ids);
    return ids;
  };
  return {
    length,
    read(start, out) {
      if (!open) throw new Error(`${path} is closed`);
      if (!(Number.isInteger(start) && start >= 0 && start + out.length <= length)) {
        throw new RangeError(`tokens ${start} to ${start + out.length} of a shard of ${length}`);
      }
      for (let done = 0; done < out.length; ) {
        const at = start + done;
        const offset = at % perBlock;
        const n = Math.min(perBlock - offset, out.length - done);
        const ids = block((at - offset) / perBlock);
        for (let i = 0; i < n; i++) out[done + i] = ids[offset + i];
        done += n;
      }
    },
    close() {
      if (open) closeSync(fd);
      open = false;
      blocks.clear();
    },
  };
}

/** Writes a new shard from front to back; `finish` makes it durable. */
export function createShardWriter(path: string, type: TokenType) {
  const file = createPrivateFile(path);
  const width = tokenWidth(type);
  return {
    append(ids: ArrayLike<number>): void {
      const bytes = Buffer.allocUnsafe(ids.length * width);
      for (let i = 0; i < ids.length; i++) {
        if (width === 1) bytes[i] = ids[i];
        else if (width === 2) bytes.writeUInt16LE(ids[i], 2 * i);
        else bytes.writeUInt32LE(ids[i], 4 * i);
      }
      file.append(bytes);
    },
    finish(): { tokens: number; sha256: string } {
      const { bytes, sha256 } = file.finish();
      return { tokens: bytes / width, sha256 };
    },
    /** Closes the file without finishing it; harmless after `finish`. */
    close: file.close,
  };
}

// A Parquet file opened for hyparquet, which asks for the bytes that it needs.
import { readSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { openForReading } from './pieces.ts';

/** Throws UserError for a file that cannot be opened. */
export function openParquet(path: string) {
  const { fd, size, close } = openForReading(path);
  const file = {
    byteLength: size,
    slice(start: number, end = size): ArrayBuffer {
      if (!(start >= 0 && end >= start && end <= size)) throw new RangeError('it points beyond its end');
      const bytes = Buffer.alloc(end - start);
      let got = 0;
      for (let n = -1; n !== 0 && got < bytes.length; got += n)
        n = readSync(fd, bytes, got, bytes.length - got, start + got);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    },
  };
  return { file, close };
}

/** What `action` gives; what the decoder throws becomes one line about the file. */
export async function soundParquet<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof UserError && error.message.startsWith(path) ? error : damagedParquet(path, error);
  }
}

export function damagedParquet(path: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(
    `${path} cannot be read as Parquet: it is damaged, or of a kind not known here (${reason})`,
  );
}

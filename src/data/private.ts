// Folders and files that only their owner can read: the cache holds the user's texts.
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';

/** Modes of POSIX systems; Windows ignores them. */
export const folderMode = 0o700;
const fileMode = 0o600;

/**
 * Writes a new file and waits until it is on the disk. Nothing that exists is written to,
 * and no link is followed.
 */
export function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'wx', mode: fileMode, flush: true });
}

/** Writes a new file from front to back, hashing as it goes; `finish` makes it durable. */
export function createPrivateFile(path: string) {
  const fd = openSync(path, 'wx', fileMode);
  const hash = createHash('sha256');
  let length = 0;
  let open = true;
  const close = () => {
    if (open) closeSync(fd);
    open = false;
  };
  return {
    append(data: Buffer | string): void {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      hash.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      length += bytes.length;
    },
    finish(): { bytes: number; sha256: string } {
      fsyncSync(fd);
      close();
      return { bytes: length, sha256: hash.digest('hex') };
    },
    /** Closes the file without finishing it; harmless after `finish`. */
    close,
  };
}

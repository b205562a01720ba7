// The raw bytes of a file, piece by piece.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';

const pieceBytes = 1 << 18;
/** A pipe that took the file's place must not be waited for. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens a file for reading while `use` runs. Throws UserError for one that cannot be read, or is none. */
export function openForReading(path: string): { fd: number; size: number; close(): void } {
  const fd = attempt(path, () => openSync(path, flags));
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw new UserError(`cannot read ${path}: it is no file`);
  }
  return { fd, size: stat.size, close: () => closeSync(fd) };
}

/** The bytes of a file from front to back, each piece in memory of its own. */
export function* piecesOf(path: string): Generator<Buffer> {
  const { fd, close } = openForReading(path);
  yield* drain(path, fd, close);
}

/** The bytes of a file or of a pipe, which is waited for. */
export function* piecesOfAny(path: string): Generator<Buffer> {
  const fd = attempt(path, () => openSync(path, 'r'));
  yield* drain(path, fd, () => closeSync(fd));
}

function* drain(path: string, fd: number, close: () => void): Generator<Buffer> {
  try {
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(pieceBytes);
      const got = attempt(path, () => readSync(fd, piece, 0, pieceBytes, null));
      if (got === 0) return;
      yield piece.subarray(0, got);
    }
  } finally {
    close();
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
}

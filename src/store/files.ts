// Files that are either whole or not there: written beside their place, synced, then renamed or linked into it.
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { UserError } from '../core/errors.ts';

let counter = 0;

/** Writes `text` to a synced temporary file beside `path` and gives its name; nothing is left behind on failure. */
function temporary(path: string, text: string): string {
  const temp = `${path}.${process.pid}-${counter++}.tmp`;
  const fd = openSync(temp, 'wx');
  try {
    const bytes = Buffer.from(text);
    // One write may be partial (a nearly full disk): the next one then fails with ENOSPC.
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
    closeSync(fd);
  } catch (error) {
    closeSync(fd);
    rmSync(temp, { force: true });
    throw error;
  }
  return temp;
}

/** Replaces the file at `path` in one step: readers and a crash see the old text or the new, never a part. */
export function writeAtomic(path: string, text: string): void {
  const temp = temporary(path, text);
  try {
    renameSync(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
}

/** Creates `path` unless it exists: link(2) is atomic and refuses to replace. False when somebody else was first. */
export function publish(path: string, text: string): boolean {
  const temp = temporary(path, text);
  try {
    linkSync(temp, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temp, { force: true });
  }
}

/** Text of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** JSON of a file; undefined when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Pretty JSON with a newline, as all files of a study are written. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

const places: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'a link leads back to itself',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file stands there',
  ENOENT: 'it cannot be created there',
};

/** True for errors of the place (full, read-only, forbidden), which no retry of a run can mend. */
export function isPlaceError(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

/** What to tell the user when `dir`, which `option` chooses, cannot be written. */
export function placeError(dir: string, error: unknown, option = '--out'): UserError {
  const code = codeOf(error);
  const reason = (code && places[code]) ?? (error instanceof Error ? error.message : String(error));
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new UserError(
    `cannot write to ${dir}: ${reason}; ${full ? 'free some space and run the same command again (finished runs are kept)' : `choose a place you may write with ${option}`}`,
  );
}

// Files that are either whole or not there: written beside their place, synced, then renamed into it.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { visibleJson } from '../core/shown.ts';
import { readPlain } from './plain.ts';

/**
 * A name beside `path` that nobody can foresee and nothing else has: a link or a file
 * cannot wait there for what will be written, process ids repeat between containers and hosts,
 * and a killed process leaves its file behind.
 */
export const temporaryName = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.tmp`;

/**
 * Writes `content` to a new file, synced, and gives what the file system says of it.
 * Nothing is left behind on failure.
 */
export function writeNew(path: string, content: string | Uint8Array): Stats {
  const fd = openSync(path, 'wx');
  try {
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      // One write may be partial (a nearly full disk): the next one then fails with ENOSPC.
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
      return fstatSync(fd);
    } finally {
      closeSync(fd); // once: after an error, too, the number may be another thread's file
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Writes `content` to a temporary file beside `path`, see `writeNew`, and gives its name. */
export function temporary(path: string, content: string | Uint8Array): string {
  const temp = temporaryName(path);
  writeNew(temp, content);
  return temp;
}

/** Replaces the file at `path` in one step: readers and a crash see the old text or the new, never a part. */
export function writeAtomic(path: string, content: string | Uint8Array): void {
  const temp = temporary(path, content);
  try {
    renameSync(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
}

/** Text of a file of ours, or undefined when there is none. Links are not followed, see `readPlain`. */
export const readIfThere = readPlain;

/** Deeper than any file of ours, and far from where functions that call themselves run out of stack. */
const DEEPEST = 100;

/** JSON of a file; undefined when the text is not JSON, or nested so deep that it is nothing of ours. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return mayBeDeep(text) && isDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Whether there are brackets enough for it. Few files have so many, and a walk takes long. */
function mayBeDeep(text: string): boolean {
  let opened = 0;
  for (const bracket of '{[')
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++opened >= DEEPEST) return true;
  return false;
}

function isDeep(value: unknown, depth = 0): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth >= DEEPEST || Object.values(value).some((one) => isDeep(one, depth + 1));
}

/** Pretty JSON with a newline, as all files of a study are written. */
export function toJson(value: unknown): string {
  return `${visibleJson(JSON.stringify(value, null, 2))}\n`;
}

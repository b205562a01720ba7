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
import { codeOf } from './errors.ts';

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

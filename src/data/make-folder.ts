// Creates folders with the ones above them, without Node's endless loop.
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Like `mkdirSync(path, {recursive: true})`, which never returns where the system answers ENOENT although the parent exists
 * (seen below /proc with Node 24). Throws the system's error.
 */
export function makeFolder(path: string): void {
  const full = resolve(path);
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(full) !== full) makeFolder(dirname(full));
  try {
    mkdirSync(full);
  } catch (error) {
    // Another process may have been faster.
    const there = (error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(full).isDirectory();
    if (!there) throw error;
  }
}

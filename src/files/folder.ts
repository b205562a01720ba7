// Creates folders with the ones above them, without Node's endless loop.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Like `mkdirSync(path, {recursive: true})`, which never returns where the system answers ENOENT
 * although the parent exists (seen below /proc with Node 24). `mode` is that of the folders that are created.
 * Throws the system's error.
 */
export function makeFolder(path: string, mode?: number): void {
  try {
    makeOne(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // Where the parent exists by now another process has just made it, or nothing can be made here:
    // one more try tells.
    if (!existsSync(dirname(path))) makeFolder(dirname(path), mode);
    makeOne(path, mode);
  }
}

function makeOne(path: string, mode?: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(path).isDirectory();
    if (!there) throw error;
  }
}

// Moves a file out of the way without losing it, and without moving another one
// that has just taken its place.
import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { readIfThere } from '../files/atomic.ts';
import { codeOf } from '../files/errors.ts';
import { publish, settle } from '../files/publish.ts';

/**
 * Moves the file at `path` to `aside` if `isIt` holds for its text. Gives its new name;
 * undefined when it is no longer there.
 */
export function setAside(
  path: string,
  isIt: (text: string) => boolean,
  aside = `${path}.damaged-${randomBytes(4).toString('hex')}`,
): string | undefined {
  try {
    settle(path);
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const moved = readIfThere(aside) ?? '';
  if (isIt(moved)) return aside;
  // Somebody else was faster, and has put another file there since.
  publish(path, moved);
  return undefined;
}

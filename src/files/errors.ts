// What the file system refuses, in words for people.
import { UserError } from '../core/errors.ts';

/** One text an error code; others keep the system's message. */
const texts: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a folder',
  EEXIST: 'a file with that name is in the way',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'a link leads back to itself',
};

/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Words for an error code that a user can do something about; undefined for others. */
export const refusal = (code: string | undefined): string | undefined => texts[code ?? ''];

/** One line for a file system error, e.g. `permission denied`. */
export function fileErrorText(error: unknown): string {
  return refusal(codeOf(error)) ?? (error instanceof Error ? error.message : String(error));
}

/** True for errors of the place (full, read-only, forbidden), which no retry of a run can mend. */
export function isPlaceError(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
}

/** What to tell the user when `dir`, which `option` chooses, cannot be written. */
export function placeError(dir: string, error: unknown, option = '--out'): UserError {
  const code = codeOf(error);
  const reason = code === 'ENOENT' ? 'it cannot be created there' : fileErrorText(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new UserError(
    `cannot write to ${dir}: ${reason}; ${full ? 'free some space and run the same command again (finished runs are kept)' : `choose a place you may write with ${option}`}`,
  );
}

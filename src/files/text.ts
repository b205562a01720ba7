// Text files that a user names on a command line.
import { readFileSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { codeOf } from './errors.ts';

/**
 * The file's text. Throws UserError when it cannot be read; `what` names the flag,
 * and `hint` continues "there is no file".
 */
export function readText(what: string, path: string, hint = ''): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(
      `${what}: ${codeOf(error) === 'ENOENT' ? `there is no file ${path}${hint}` : `cannot read ${path} (${(error as Error).message})`}`,
    );
  }
}

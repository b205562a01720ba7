// Files and folders inside a folder that may be somebody else's: links are not followed,
// and only ordinary files of a sensible size are read.
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { codeOf } from './errors.ts';

/** More than any text file of a study: probes of a long run are some megabytes. */
const MOST = 256 << 20;

// Neither is there on Windows, where a link needs rights that few have.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * Opens a file for reading unless it is a link. Throws the system's error (ELOOP for a link).
 * A pipe is opened without waiting.
 */
export const openPlain = (path: string): number =>
  openSync(path, constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

/**
 * Text of the file, or undefined when there is none. Throws UserError for a link,
 * for what is no ordinary file (a pipe would never end), and for a file that is too large to be ours.
 */
export function readPlain(path: string): string | undefined {
  let fd: number;
  try {
    fd = openPlain(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    if (isLink(path)) throw linkError(path);
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw notPlain(path);
    if (stat.size > MOST)
      throw new UserError(
        `${path} has ${Math.round(stat.size / 2 ** 20)} MiB, too much for a file of its kind; it is not read`,
      );
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/**
 * Throws UserError when a folder on the way from `root` (which may be a link) to `root/name`
 * is a link or no folder.
 */
export function refuseLinkedFolders(root: string, name: string): void {
  let path = root;
  for (const part of name.split('/').slice(0, -1)) {
    path = join(path, part);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isSymbolicLink()) throw linkError(path);
    if (!stat.isDirectory()) throw notPlain(path, 'folder');
  }
}

/**
 * Throws UserError when `dir` holds, at any depth, a link or what is neither file nor folder.
 * Only entries that `which` names count.
 */
export function refuseLinks(dir: string, which: (name: string) => boolean = () => true): void {
  for (const entry of entriesOf(dir)) {
    if (!which(entry.name)) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) refuseLinks(path);
    else if (entry.isSymbolicLink()) throw linkError(path);
    else if (!entry.isFile()) throw notPlain(path);
  }
}

/** What is in the folder; nothing when there is none. */
export function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

const linkError = (path: string) =>
  new UserError(
    `${path} is a link, and links inside an output folder are not followed: put what it points to in its place`,
  );
const notPlain = (path: string, kind = 'file') =>
  new UserError(`${path} is not an ordinary ${kind}: move it away, then run the same command again`);

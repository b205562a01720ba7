// The files of a source: one file, or all in a folder and below. Links are not followed.
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { byName } from '../core/natural.ts';
import { fileErrorText } from '../files/errors.ts';
import type { FoundFile } from './reader.ts';

/** Enough for the first lines of a table or a log. */
const HEAD = 1 << 16;
/** More is no folder of runs but a disk. */
const MOST_FILES = 200_000;
/** The longest text that JavaScript holds is 512 MiB. */
const MOST_TEXT = 256 << 20;

/** Throws UserError for a source that cannot be read. */
export function findFiles(source: string): FoundFile[] {
  const stat = attempt(source, () => statSync(source));
  if (!stat.isDirectory()) return [found(source, basename(source))];
  const files: FoundFile[] = [];
  const walk = (dir: string, prefix: string) => {
    for (const entry of attempt(dir, () => readdirSync(dir, { withFileTypes: true }))) {
      const [path, name] = [join(dir, entry.name), `${prefix}${entry.name}`];
      if (entry.isDirectory() && entry.name !== '.git') walk(path, `${name}/`);
      else if (entry.isFile() && lstatSync(path).size > 0) files.push(found(path, name));
      if (files.length > MOST_FILES)
        throw new UserError(
          `${source} holds more than ${MOST_FILES} files: give the folder of the runs alone`,
        );
    }
  };
  walk(source, '');
  return files.sort((a, b) => byName(a.name, b.name));
}

function found(path: string, name: string): FoundFile {
  return attempt(path, () => {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      // Folders of runs may hold many thousands of small files, and the heads of all are held at once.
      const head = Buffer.alloc(Math.min(HEAD, size));
      const got = readSync(fd, head, 0, head.length, 0);
      return { path, name, head: head.subarray(0, got), size };
    } finally {
      closeSync(fd);
    }
  });
}

export const bytesOf = (file: FoundFile): Buffer => attempt(file.path, () => readFileSync(file.path));

/** The file as text, without a byte order mark. */
export function textOf(file: FoundFile): string {
  if (file.size > MOST_TEXT)
    throw damaged(file, `it has ${Math.round(file.size / 2 ** 20)} MiB, which is too much for a text`);
  return bytesOf(file)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

/** One line about a file that cannot be read as what it seems to be. */
export const damaged = (file: FoundFile, why: string): UserError =>
  new UserError(`${file.path}: ${why}; leave the file out, or bring an undamaged copy`);

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
}

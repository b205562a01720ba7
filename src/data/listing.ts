// The files of a corpus, and what beside them is not read: by reason, with files, bytes and some names.
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { visible } from '../core/shown.ts';
import { codeOf, fileErrorText } from '../files/errors.ts';
import { createTrust, identityOf } from './identity.ts';
import { extensionOf, isReadByName } from './kinds.ts';

export interface CorpusFile {
  /** Path relative to the corpus, with `/`: the same on every machine. */
  name: string;
  path: string;
  bytes: number;
  /** Changes whenever the content may have; absent where the file system does not tell. */
  identity?: string;
  /** Time of the last change in milliseconds; 0 where the file system does not tell. */
  changed: number;
}

export const notReadSchema = z.object({
  /** Why, such as `empty` or `ending .csv`. */
  reason: z.string(),
  files: z.int().positive(),
  /** On the disk. */
  bytes: z.number().nonnegative(),
  /** The first three. */
  names: z.array(z.string()),
});
/** Files that are left out for one reason. */
export type NotRead = z.infer<typeof notReadSchema>;

/** Gathers what is not read, by reason. */
export function createNotRead() {
  const reasons = new Map<string, NotRead>();
  return {
    add(reason: string, name: string, bytes: number, files = 1): void {
      let entry = reasons.get(reason);
      if (entry === undefined) reasons.set(reason, (entry = { reason, files: 0, bytes: 0, names: [] }));
      entry.files += files;
      entry.bytes += bytes;
      if (entry.names.length < 3) entry.names.push(visible(name));
    },
    list: (): NotRead[] => [...reasons.values()].sort((a, b) => b.bytes - a.bytes),
  };
}

export const hiddenReason = 'hidden';

/** A file as listed, from what the file system says of it. */
export function corpusFile(
  name: string,
  path: string,
  stat: BigIntStats,
  isTrusted = createTrust(),
): CorpusFile {
  const told = isTrusted(path, stat);
  return {
    name,
    path,
    bytes: Number(stat.size),
    ...(told ? { identity: identityOf(stat) } : {}),
    changed: told ? Number(stat.ctimeNs / 1_000_000n) : 0,
  };
}

/**
 * What a folder holds: files to read in order of their names by code unit (the same in every locale),
 * and what is left out. Links to files are followed; links to folders are not, since
 * they may lead in circles. Throws UserError, with its name, for a folder that cannot be read.
 */
export function listFolder(root: string): { files: CorpusFile[]; notRead: NotRead[] } {
  const files: CorpusFile[] = [];
  const left = createNotRead();
  const isTrusted = createTrust();
  const take = (name: string, path: string) => {
    const stat = statThrough(path);
    if (stat === undefined) left.add('links to nothing', name, 0);
    else if (stat.isDirectory()) left.add('links to folders', name, behind(path, root));
    else if (!stat.isFile()) left.add('pipes, sockets or devices', name, 0);
    else if (isReadByName(name)) files.push(corpusFile(name, path, stat, isTrusted));
    else {
      const ending = extensionOf(name);
      left.add(ending === '' ? 'no ending' : `ending ${ending}`, name, Number(stat.size));
    }
  };
  const walk = (folder: string, prefix: string) => {
    for (const { entry, odd } of reading(folder, () => entriesOf(folder))) {
      const name = prefix + entry.name;
      const path = join(folder, entry.name);
      const leave = (reason: string, raw: Buffer) => {
        const { bytes, count } = sizeOf(raw);
        left.add(reason, name, bytes, count);
      };
      if (odd) leave('names that are not UTF-8', below(Buffer.from(folder), odd));
      else if (entry.name.startsWith('.')) leave(hiddenReason, Buffer.from(path));
      else if (entry.isDirectory()) walk(path, `${name}/`);
      else reading(path, () => take(name, path));
    }
  };
  walk(root, '');
  files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { files, notRead: left.list() };
}

/** What a path leads to, through links; nothing where it leads nowhere. */
function statThrough(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true });
  } catch (error) {
    if (codeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** What cannot be looked at is refused, since nothing is known of what it holds. */
function reading<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new UserError(
      `cannot read ${path}: ${fileErrorText(error)}; make it readable, or move it out of the corpus`,
    );
  }
}

/** What stands in a folder, and whether each name is UTF-8: one that is not cannot be opened by its text. */
function entriesOf(folder: string): { entry: Dirent; odd?: Buffer }[] {
  const all = readdirSync(folder, { withFileTypes: true });
  const odd = new Map(
    readdirSync(folder, 'buffer')
      .filter((name) => !isUtf8(name))
      .map((name) => [name.toString('utf8'), name]),
  );
  return all.map((entry) => ({ entry, odd: odd.get(entry.name) }));
}

/**
 * Bytes and number of the files at or below a path; links are not followed, and what
 * cannot be read counts nothing.
 */
function sizeOf(path: Buffer): { bytes: number; count: number } {
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) return { bytes: stat.size, count: 1 };
    const parts = readdirSync(path, 'buffer').map((name) => sizeOf(below(path, name)));
    return {
      bytes: parts.reduce((sum, p) => sum + p.bytes, 0),
      count: parts.reduce((sum, p) => sum + p.count, 0) || 1,
    };
  } catch {
    return { bytes: 0, count: 1 };
  }
}

const below = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from(sep), name]);

/** Bytes of the folder that a link leads to; none when it leads into the corpus, or to a folder around it. */
function behind(link: string, root: string): number {
  const real = realpathSync(link);
  const isInside = `${real}${sep}`.startsWith(root + sep) || `${root}${sep}`.startsWith(real + sep);
  return isInside ? 0 : sizeOf(Buffer.from(real)).bytes;
}

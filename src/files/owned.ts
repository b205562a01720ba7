// What gaplab may replace or remove in a folder: only files that it wrote there
// and that nobody has changed since.

import { lstatSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { temporaryName, writeAtomic } from './atomic.ts';
import { makeFolder } from './folder.ts';
import { addEntries, hashOfFile, MANIFEST, type OwnedFile, readManifest } from './manifest.ts';
import { refuseLinkedFolders } from './plain.ts';
import { publish } from './publish.ts';
import { sha256 } from './sha256.ts';

/**
 * Whether a file that is not in the list is gaplab's all the same: written before there were lists,
 * or copied without the list.
 */
export type Adopt = (name: string, path: string) => boolean;

export interface OwnedFolder {
  /**
   * Throws UserError when one of the files is there and is not ours. For commands
   * to ask before work that takes long.
   */
  check(names: Iterable<string>): void;
  /** Names of what `by` has written so far; not all of it need be there any more. */
  listed(): string[];
  /**
   * Writes the files, each whole or not at all. Throws UserError, and has written nothing,
   * when one of them is not ours.
   */
  write(files: ReadonlyMap<string, string | Uint8Array>): void;
  /** The same for one file of any size, which `make` writes at the path that it is given. */
  put(name: string, make: (path: string) => void): void;
  /**
   * Removes those of our files that `which` names, and folders that are empty then.
   * Files of others, and changed ones, stay.
   */
  remove(which: (name: string) => boolean): void;
}

/** Files that `by` (a command) writes into `dir`. Names are paths below it with `/` between their parts. */
export function ownedFolder(dir: string, by: string, adopt: Adopt = () => false): OwnedFolder {
  /** Names that are free; throws for those that are there and are not ours. */
  const check = (names: Iterable<string>): Set<string> => {
    const all = [...names];
    for (const name of all) refuseLinkedFolders(dir, checked(name));
    // The list is read after the files: who writes a file has put it in the list before.
    const hashes = all.map((name) => [name, hashOfFile(join(dir, name))] as const);
    const listed = Map.groupBy(readManifest(dir), ({ name }) => name);
    for (const [name, hash] of hashes)
      if (hash !== undefined) refuseForeign(join(dir, name), name, hash, listed.get(name) ?? []);
    return new Set(hashes.filter(([, hash]) => hash === undefined).map(([name]) => name));
  };

  const refuseForeign = (path: string, name: string, hash: string, entries: OwnedFile[]) => {
    const refuse = (why: string) => {
      throw new UserError(
        `${path} ${why}, so it is not replaced: move or rename it, then run the same command again`,
      );
    };
    if (hash === 'other') refuse('is a link or a folder');
    const mine = entries.filter((entry) => entry.by === by);
    if (mine.some(({ sha256 }) => sha256 === hash)) return;
    const other = entries.find(({ sha256 }) => sha256 === hash);
    if (other) refuse(`was written by another command (${other.by})`);
    if (mine.length > 0) refuse('was changed since gaplab wrote it');
    if (!adopt(name, path)) refuse('was not written by gaplab');
  };

  /** Puts a file where there was none; false when somebody has put one there in the meantime. */
  const create = (name: string, content: string | Uint8Array) => {
    if (publish(join(dir, name), content)) return;
    check([name]);
    writeAtomic(join(dir, name), content);
  };

  return {
    check,
    listed: () => [
      ...new Set(
        readManifest(dir)
          .filter((entry) => entry.by === by)
          .map(({ name }) => name),
      ),
    ],
    write(files) {
      const free = check(files.keys());
      const entries = [...files].map(([name, content]) => ({ name, sha256: sha256(content), by }));
      makeFolder(dir);
      // Listed before they are written: a crash in between leaves no file of ours
      // that is taken for somebody else's.
      addEntries(dir, entries);
      for (const [name, content] of files) {
        makeFolder(dirname(join(dir, name)));
        if (free.has(name)) create(name, content);
        else writeAtomic(join(dir, name), content);
      }
      // Another process may have shortened the list meanwhile.
      addEntries(dir, entries);
    },
    put(name, make) {
      check([name]);
      const path = join(dir, name);
      makeFolder(dirname(path));
      const temporary = temporaryName(path);
      try {
        make(temporary);
        check([name]); // making it may have taken long
        addEntries(dir, [{ name, sha256: hashOfFile(temporary)!, by }]);
        renameSync(temporary, path);
      } finally {
        rmSync(temporary, { force: true });
      }
    },
    remove(which) {
      const entries = readManifest(dir).filter((entry) => entry.by === by && which(entry.name));
      for (const [name, ours] of Map.groupBy(entries, (entry) => entry.name)) {
        refuseLinkedFolders(dir, checked(name));
        const hash = hashOfFile(join(dir, name));
        if (ours.some(({ sha256 }) => sha256 === hash)) rmSync(join(dir, name));
        removeEmpty(dir, name);
      }
      forgetEmpty(dir);
    },
  };
}

/** Removes the folders of a file that are left empty. */
function removeEmpty(dir: string, name: string): void {
  for (let folder = dirname(name); folder !== '.'; folder = dirname(folder)) removeIfEmpty(join(dir, folder));
}

/** A list of files none of which is there any more goes, and the folder with it if nothing else is in it. */
function forgetEmpty(dir: string): void {
  const isThere = ({ name }: OwnedFile) => lstatSync(join(dir, checked(name)), { throwIfNoEntry: false });
  if (readManifest(dir).some(isThere)) return;
  rmSync(join(dir, MANIFEST), { force: true });
  removeIfEmpty(dir);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {} // it holds other files, or is not there
}

/** A list may come from a stranger: a name in it must not lead out of the folder. */
function checked(name: string): string {
  const parts = name.split('/');
  const odd = process.platform === 'win32' ? /[\\\0:]/ : /\0/;
  if (parts.some((part) => part === '' || part === '.' || part === '..' || odd.test(part)))
    throw new UserError(`${JSON.stringify(name)} is no name of a file of gaplab's`);
  return name;
}

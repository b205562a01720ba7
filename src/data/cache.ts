// The cache of prepared data: folders named by their fingerprint, published whole by a rename,
// checked when opened.
//
//   <cache>/data/<fingerprint>/   prepared data (see manifest.ts)
//   <cache>/keys/<key>.json       which fingerprint a corpus with given options leads to
//   <cache>/results/<name>        results of large studies that were read before (src/store/read-before.ts)
//   <cache>/tmp/                  being built; leftovers of killed processes are removed after a day
//
// The folders are their owner's alone: whoever writes there decides what is trained on, and what is found.
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { codeOf, fileErrorText } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { checkedJson, checkFolder, hex, readUnlinked, sourceSchema } from './manifest.ts';
import { folderMode, writePrivate } from './private.ts';

const staleMs = 24 * 3600 * 1000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const noteSchema = z.strictObject({ fingerprint: hex, source: sourceSchema, check: hex });
/** What the cache keeps of a corpus with given options. */
export type Note = Omit<z.infer<typeof noteSchema>, 'check'>;

/** `$GAPLAB_CACHE`, else `$XDG_CACHE_HOME/gaplab`, else `~/.cache/gaplab`. */
export function defaultCacheDir(): string {
  const { GAPLAB_CACHE, XDG_CACHE_HOME } = process.env;
  return GAPLAB_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'gaplab');
}

export class Cache {
  readonly dir: string;

  constructor(dir: string = defaultCacheDir()) {
    this.dir = resolve(dir);
  }

  folder(fingerprint: string): string {
    return join(this.dir, 'data', fingerprint);
  }

  /**
   * Throws UserError when one of the cache's folders is a link, or somebody else may write there.
   * Ours are made private.
   */
  checkOwner(): void {
    for (const name of ['data', 'keys', 'tmp']) this.#checkFolder(join(this.dir, name));
  }

  #checkFolder(path: string): void {
    const stat = this.#writing(() => statIfThere(path));
    if (stat === undefined) return;
    const other = 'choose another place with --cache or GAPLAB_CACHE';
    if (!stat.isDirectory())
      throw new UserError(
        `the cache has ${stat.isSymbolicLink() ? 'a link' : 'a file'} in the place of its folder ${path}: remove it, or ${other}`,
      );
    const me = process.getuid?.();
    if (me !== undefined && stat.uid !== me)
      throw new UserError(
        `the cache ${path} belongs to another user (uid ${stat.uid}), who could change what you train on; ${other}`,
      );
    if (me !== undefined && (stat.mode & 0o077) !== 0) this.#writing(() => chmodSync(path, folderMode));
  }

  /** What was stored under a key; a string says that it is damaged. */
  lookUp(key: string): Note | string | undefined {
    try {
      const text = readUnlinked(join(this.dir, 'keys', `${key}.json`));
      const { check: _, ...content } = noteSchema.parse(JSON.parse(text));
      return checkedJson(content) === text ? content : 'it has changed';
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      return codeOf(error) === undefined ? 'it has changed' : fileErrorText(error);
    }
  }

  /**
   * Stores what a key leads to. A cache that cannot be written goes without: the corpus
   * is then read again next time.
   */
  remember(key: string, { fingerprint, source }: Note): void {
    this.#put('keys', `${key}.json`, checkedJson({ fingerprint, source }));
  }

  /** What was kept under a name, if it can be read and the folder is ours. */
  kept(name: string): string | undefined {
    try {
      this.#checkFolder(join(this.dir, 'results'));
      return readUnlinked(join(this.dir, 'results', name));
    } catch {
      return undefined;
    }
  }

  /** Keeps a text under a name, in place of what was there, if it can be written. */
  keep(name: string, text: string): void {
    this.#put('results', name, text);
  }

  #put(folder: 'keys' | 'results', name: string, text: string): void {
    try {
      const place = join(this.#make(folder), name);
      const temporary = join(this.#make('tmp'), randomUUID());
      writePrivate(temporary, text);
      renameSync(temporary, place);
    } catch {}
  }

  /** A new empty folder to build in. */
  begin(): string {
    return this.#writing(() => {
      const parent = this.#make('tmp');
      for (const name of readdirSync(parent)) {
        const path = join(parent, name);
        // Another process may be faster in removing it.
        if (uuid.test(name) && newest(path) < Date.now() - staleMs)
          rmSync(path, { recursive: true, force: true });
      }
      const path = join(parent, randomUUID());
      mkdirSync(path, { mode: folderMode });
      return path;
    });
  }

  /** One of the cache's own folders, created if need be. */
  #make(name: 'data' | 'keys' | 'results' | 'tmp'): string {
    const path = join(this.dir, name);
    makeFolder(this.dir, folderMode);
    makeFolder(path, folderMode);
    this.#checkFolder(path);
    return path;
  }

  /**
   * Moves a finished folder to its place. A sound one that is there already wins, a damaged one is replaced.
   */
  async publish(built: string, fingerprint: string): Promise<void> {
    const target = this.folder(fingerprint);
    this.#writing(() => this.#make('data'));
    for (let attempt = 0; ; attempt++) {
      try {
        renameSync(built, target);
        syncFolder(join(this.dir, 'data'));
        return;
      } catch (error) {
        // Windows answers EPERM where POSIX systems say ENOTEMPTY; ENOTDIR is a file or a link in the way.
        if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(codeOf(error) ?? '') || attempt >= 5)
          throw this.#cannotWrite(error);
      }
      if (typeof (await checkFolder(target, fingerprint)) !== 'string') {
        rmSync(built, { recursive: true, force: true });
        return;
      }
      const aside = join(this.dir, 'tmp', randomUUID());
      try {
        renameSync(target, aside);
        rmSync(aside, { recursive: true, force: true });
      } catch {
        // Another process moved it first: the next attempt shows what it left.
      }
    }
  }

  /** Runs a step that writes here; what the file system refuses becomes a UserError. */
  async writing<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  #writing<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  #cannotWrite(error: unknown): Error {
    if ((error as NodeJS.ErrnoException).syscall === undefined) return error as Error;
    return new UserError(
      `cannot write the cache ${this.dir}: ${fileErrorText(error)}; choose another place with --cache or GAPLAB_CACHE`,
    );
  }
}

function statIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Time of the last change in a folder or of a file; now for one that has just gone. */
function newest(path: string): number {
  try {
    const stat = lstatSync(path);
    const inside = stat.isDirectory()
      ? readdirSync(path).map((name) => lstatSync(join(path, name)).mtimeMs)
      : [];
    return Math.max(stat.mtimeMs, ...inside);
  } catch {
    return Date.now();
  }
}

/** Makes the names in a folder durable, where the platform can (not on Windows). */
function syncFolder(dir: string): void {
  try {
    const fd = openSync(dir, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {}
}

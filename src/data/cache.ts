// The cache of prepared data: folders named by their fingerprint, published whole by a rename, checked when opened.
//
//   <cache>/data/<fingerprint>/   manifest.json, tokenizer.json, train.bin, validation.bin, documents.jsonl
//   <cache>/keys/<key>.json       which fingerprint a corpus with given options leads to
//   <cache>/tmp/                  being built; leftovers of killed processes are removed after a day
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { tokenWidth } from './shards.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const shard = z.object({
  file: z.string(),
  tokens: z.int().nonnegative(),
  /** UTF-8 bytes of the documents (document ends are no bytes). */
  bytes: z.int().nonnegative(),
  documents: z.int().positive(),
  sha256: hex,
});
export const manifestSchema = z.object({
  schema: z.literal(1),
  corpus: z.string(),
  fingerprint: hex,
  /** Entries of the tokenizer, or classes of the images. */
  vocabSize: z.int().positive(),
  tokenType: z.enum(['uint8', 'uint16', 'uint32']),
  /** Of text: id of the token after every document, and the tokenizer. */
  endOfText: z.int().nonnegative().optional(),
  tokenizer: z.object({ file: z.string(), sha256: hex }).optional(),
  /** Of images: pixels to a side. A shard then holds pixels and the class of image after image in place of tokens. */
  images: z.object({ side: z.int().positive() }).optional(),
  train: shard,
  validation: shard,
  /** SHA-256 of the fields above, see `manifestCheck`. */
  check: hex,
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Shards up to this many bytes are hashed whenever they are opened (a quarter of a second); of larger ones the size is checked. */
const hashedBytes = 64 << 20;
const staleMs = 24 * 3600 * 1000;

/** `$GAPLAB_CACHE`, else `$XDG_CACHE_HOME/gaplab`, else `~/.cache/gaplab`. */
export function defaultCacheDir(): string {
  const { GAPLAB_CACHE, XDG_CACHE_HOME } = process.env;
  return GAPLAB_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'gaplab');
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/**
 * Identity of prepared data: what a model is trained on, not where, when or under which name. `reading` says how the shards are
 * to be read: `tokenizer` and its hash, or `images` and their shape.
 */
export function fingerprintOf(reading: string, train: string, validation: string): string {
  return sha256(`gaplab data 1\n${reading}\ntrain ${train}\nvalidation ${validation}\n`);
}

/** Checksum that a manifest carries of itself. */
export function manifestCheck(manifest: Omit<Manifest, 'check'>): string {
  return sha256(canonicalize(manifest)!);
}

export class Cache {
  readonly dir: string;

  constructor(dir: string = defaultCacheDir()) {
    this.dir = resolve(dir);
  }

  folder(fingerprint: string): string {
    return join(this.dir, 'data', fingerprint);
  }

  /** Fingerprint that was stored under a key, if any. */
  lookUp(key: string): string | undefined {
    try {
      return hex.parse(JSON.parse(readFileSync(join(this.dir, 'keys', `${key}.json`), 'utf8')).fingerprint);
    } catch {
      return undefined;
    }
  }

  /** Stores what a key leads to. A cache that cannot be written goes without: the corpus is then read again next time. */
  remember(key: string, fingerprint: string): void {
    try {
      const temporary = join(this.dir, 'tmp', randomUUID());
      makeFolder(join(this.dir, 'tmp'));
      makeFolder(join(this.dir, 'keys'));
      writeFileSync(temporary, `${JSON.stringify({ fingerprint })}\n`);
      renameSync(temporary, join(this.dir, 'keys', `${key}.json`));
    } catch {}
  }

  /** A new empty folder to build in. */
  begin(): string {
    return this.#writing(() => {
      const parent = join(this.dir, 'tmp');
      makeFolder(parent);
      for (const name of readdirSync(parent)) {
        const path = join(parent, name);
        // Another process may be faster in removing it.
        if (newest(path) < Date.now() - staleMs) rmSync(path, { recursive: true, force: true });
      }
      const path = join(parent, randomUUID());
      mkdirSync(path);
      return path;
    });
  }

  /** Moves a finished folder to its place. A sound one that is there already wins, a damaged one is replaced. */
  async publish(built: string, fingerprint: string): Promise<void> {
    const target = this.folder(fingerprint);
    this.#writing(() => makeFolder(join(this.dir, 'data')));
    for (let attempt = 0; ; attempt++) {
      try {
        renameSync(built, target);
        syncFolder(join(this.dir, 'data'));
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // Windows answers EPERM where POSIX systems say ENOTEMPTY.
        if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code ?? '') || attempt >= 5)
          throw this.#cannotWrite(error);
      }
      if (typeof (await checkFolder(target)) !== 'string') {
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

/** The manifest of a folder, or what is wrong with it. */
export async function checkFolder(dir: string): Promise<Manifest | string> {
  let manifest: Manifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'there is no manifest.json'
      : 'manifest.json is damaged';
  }
  const { check, ...fields } = manifest;
  const { tokenizer, train, validation, tokenType } = fields;
  if (manifestCheck(fields) !== check) return 'manifest.json is damaged';
  try {
    if (tokenizer && sha256(readFileSync(join(dir, tokenizer.file))) !== tokenizer.sha256)
      return `${tokenizer.file} has changed`;
    for (const { file, tokens, sha256: expected } of [train, validation]) {
      const path = join(dir, file);
      const { size } = statSync(path);
      if (size !== tokens * tokenWidth(tokenType))
        return `${file} has ${size} bytes, which does not fit ${tokens} tokens`;
      if (size <= hashedBytes && (await hashFile(path)) !== expected) return `${file} has changed`;
    }
  } catch (error) {
    return fileErrorText(error);
  }
  return manifest;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Time of the last change in a folder or of a file; now for one that has just gone. */
function newest(path: string): number {
  try {
    const stat = statSync(path);
    const inside = stat.isDirectory()
      ? readdirSync(path).map((name) => statSync(join(path, name)).mtimeMs)
      : [];
    return Math.max(stat.mtimeMs, ...inside);
  } catch {
    return Date.now();
  }
}

/** Writes a file and waits until it is on the disk. */
export function writeDurably(path: string, text: string): void {
  writeFileSync(path, text, { flush: true });
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

// The list of what gaplab wrote into a folder, kept in that folder: a line for each file and content.
// Lines are only added, so that two processes can write at once without losing each other's.
import { createHash } from 'node:crypto';
import { closeSync, constants, fsyncSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson, writeAtomic } from './atomic.ts';
import { readPlain } from './plain.ts';

export const MANIFEST = '.gaplab-files.jsonl';

const entry = z.object({
  /** Path below the folder, `/` between its parts. */
  name: z.string(),
  sha256: z.string(),
  /** The command whose file it is. */
  by: z.string(),
});
export type OwnedFile = z.infer<typeof entry>;

/**
 * Lines kept for a file when the list is shortened: of several processes that write at once each has its own.
 */
const KEPT = 8;

/** Lines beyond which a list is shortened: some hundred reports, each other than the one before. */
const MANY = 4000;

/** All entries, oldest first. Lines that a crash cut short, or that somebody damaged, are left out. */
export function readManifest(dir: string): OwnedFile[] {
  const lines = (readPlain(join(dir, MANIFEST)) ?? '').split('\n');
  return lines.flatMap((line) => entry.safeParse(parseJson(line)).data ?? []);
}

/**
 * Adds entries that are not there yet, and makes sure that they are on the disk. Throws the system's error.
 */
export function addEntries(dir: string, entries: readonly OwnedFile[]): void {
  const there = readManifest(dir);
  const known = new Set(there.map(keyOf));
  const fresh = entries.filter((one) => !known.has(keyOf(one)));
  if (fresh.length > 0) append(join(dir, MANIFEST), textOf(fresh));
  const names = new Set([...there, ...fresh].map(({ name }) => name));
  // Seldom: a line that another process adds just while the list is shortened is lost
  // until that process looks again.
  if (there.length + fresh.length > MANY + 2 * KEPT * names.size) shorten(dir);
}

const keyOf = ({ name, sha256, by }: OwnedFile) => JSON.stringify([name, sha256, by]);
const textOf = (entries: readonly OwnedFile[]) =>
  entries.map(({ name, sha256, by }) => `${JSON.stringify({ name, sha256, by })}\n`).join('');

function append(path: string, text: string): void {
  // A link here would lead the lines out of the folder.
  const fd = openSync(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
    0o666,
  );
  try {
    // The first line break ends a line that a crash cut short.
    const bytes = Buffer.from(`\n${text}`);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Keeps the newest lines of every file. */
function shorten(dir: string): void {
  const byName = Map.groupBy(readManifest(dir), ({ name }) => name);
  writeAtomic(join(dir, MANIFEST), textOf([...byName.values()].flatMap((lines) => lines.slice(-KEPT))));
}

/**
 * SHA-256 of a file; undefined when there is none, `other` for a link, a folder
 * and anything else that is no ordinary file.
 */
export function hashOfFile(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (!stat.isFile()) return 'other';
  const hash = createHash('sha256');
  const part = Buffer.allocUnsafe(1 << 20);
  const fd = openSync(path, 'r');
  try {
    for (let n = readSync(fd, part); n > 0; n = readSync(fd, part)) hash.update(part.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

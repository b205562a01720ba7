// For tests: a file system that refuses, or a process that dies, at a chosen one of its calls that write.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Calls that change what is on the disk. */
const writers = [
  'appendFileSync',
  'copyFileSync',
  'fsyncSync',
  'linkSync',
  'mkdirSync',
  'mkdtempSync',
  'openSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'symlinkSync',
  'truncateSync',
  'writeFileSync',
  'writeSync',
] as const;
export type WriteCall = (typeof writers)[number];

/** The arguments of a call, of which half the bytes are written: what a crash in the middle leaves. */
const halved: Partial<Record<WriteCall, (args: unknown[]) => unknown[]>> = {
  appendFileSync: ([path, text]) => [path, String(text).slice(0, String(text).length / 2)],
  writeFileSync: ([path, text]) => [path, String(text).slice(0, String(text).length / 2)],
  writeSync: ([fd, data, at = 0]) =>
    typeof data === 'string'
      ? [fd, data.slice(0, data.length / 2)]
      : [fd, data, at, Math.floor(((data as Uint8Array).length - Number(at)) / 2)],
};

/**
 * Calls `hook` before every call that writes, with its name and number from 1 on. What it throws, the call
 * throws. It may first have half of the call's bytes written (`half`). Gives a function that ends this.
 */
export function onWrites(hook: (name: WriteCall, n: number, half: () => void) => void): () => void {
  const table = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  const originals = new Map(writers.map((name) => [name, table[name]]));
  let n = 0;
  // A call may be made of others: rmSync of rmdirSync, say. Only the outermost counts.
  let inside = false;
  for (const [name, original] of originals)
    table[name] = (...args) => {
      if (inside) return original(...args);
      inside = true;
      try {
        hook(name, ++n, () => {
          const half = halved[name]?.(args);
          if (half) original(...half);
        });
        return original(...args);
      } finally {
        inside = false;
      }
    };
  syncBuiltinESMExports();
  return () => {
    for (const [name, original] of originals) table[name] = original;
    syncBuiltinESMExports();
  };
}

/** Runs `work` where calls named in `refused` give `code`, as a file system without hard links does. */
export async function refusing<T>(
  refused: readonly WriteCall[],
  code: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const restore = onWrites((name) => {
    if (refused.includes(name)) throw Object.assign(new Error(`${code}: refused on purpose`), { code });
  });
  try {
    return await work();
  } finally {
    restore();
  }
}

/** Thrown in place of a crash. */
export class Crash extends Error {}

/**
 * From now on this is a process that dies at its `at`-th write: that call and all
 * later ones change nothing on the disk (or, in the middle of a write, half of its bytes are there).
 * `end` brings it back to life, and says whether it came to that.
 */
export function dyingAt(at: number): { end(): boolean } {
  let dead = false;
  const restore = onWrites((_, n, half) => {
    if (n < at) return;
    if (n === at) half();
    dead = true;
    throw new Crash('dead');
  });
  return {
    end() {
      restore();
      return dead;
    },
  };
}

/** Runs `work` as a process that dies at its `at`-th write; false when it made fewer. */
export function crashingAt(at: number, work: () => void): boolean {
  const death = dyingAt(at);
  try {
    work();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  } finally {
    death.end();
  }
  return death.end();
}

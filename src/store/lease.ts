// A lease: a file that says who holds something, and a file beside it whose number
// moves while the holder lives.
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { parseJson, readIfThere, toJson, writeAtomic } from '../files/atomic.ts';
import { readPublished } from '../files/publish.ts';
import { sealed, unsealed } from '../files/seal.ts';
import { beat } from './beats.ts';
import { beatSeconds, fateOf, type Holder, holder } from './process.ts';

/** Where a lease stands: the files, and the folder that it is about. */
export interface LeaseFiles {
  lease: string;
  beat: string;
  folder: string;
}

/**
 * The lease is somebody else's by now: this process stood still for too long. Nothing
 * more may be written under it.
 */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

export interface Lease {
  holder: Holder;
  /**
   * Throws LeaseLostError when somebody has taken over. Asked before every write; it looks at the disk
   * only when a beat's time has passed since it last did (nobody takes over sooner), or when it is told to.
   */
  check(now?: 'now'): void;
  /** Gives it up. Nothing is written when it was lost. */
  release(how: 'interrupted' | 'finished' | 'failed'): void;
}

/** Text of a lease file. */
export const leaseText = (who: Holder) => toJson(sealed(who));

/** Device and inode of a folder: another one for a copy. */
export function leasePlace(folder: string): string {
  const { dev, ino } = statSync(folder, { bigint: true, throwIfNoEntry: false }) ?? {};
  return `${dev}:${ino}`;
}

/**
 * Begins to beat for a lease that `who` has just taken. `isOurs` tells from the disk
 * whether nobody has taken over.
 */
export function held(files: LeaseFiles, who: Holder, isOurs: () => boolean): Lease {
  const stop = beat(files.beat);
  let checked = performance.now();
  const lost = () => !isOurs();
  return {
    holder: who,
    check(now) {
      if (!now && performance.now() - checked < beatSeconds * 1000) return;
      if (lost()) throw new LeaseLostError('another process has taken over');
      checked = performance.now();
    },
    release(how) {
      stop();
      if (lost()) return;
      try {
        writeAtomic(files.lease, leaseText({ ...who, released: how }));
        rmSync(files.beat, { force: true });
      } catch {} // on a full disk it ends with this process, or by silence
    },
  };
}

/** What can be said of a lease at one look. */
export interface LeaseLook {
  /**
   * `free` beyond doubt (given up, or its process is dead), held by a process that is `alive`
   * beyond doubt, or neither.
   */
  state: 'free' | 'alive' | 'unknown';
  /** Undefined when the file is missing or damaged: then who holds it is unknown, too. */
  holder: Holder | undefined;
  /** Everything that a beat moves: equal prints at two looks are silence between them. */
  print: string;
}

export function lookAt(files: LeaseFiles): LeaseLook {
  const text = readPublished(files.lease);
  const parsed = text === undefined ? undefined : holder.safeParse(unsealed(parseJson(text)));
  const who = parsed?.success ? parsed.data : undefined;
  const print = JSON.stringify([text, ...[files.lease, files.beat].flatMap(traces)]);
  const fate = who && (who.released ? 'dead' : fateOf(who, leasePlace(files.folder)));
  return { state: fate === 'dead' ? 'free' : (fate ?? 'unknown'), holder: who, print };
}

/**
 * Content and time of a file. The time is compared with itself alone: leases of earlier
 * versions move nothing else.
 */
function traces(path: string): string[] {
  try {
    return [readIfThere(path) ?? '', String(statSync(path, { bigint: true }).mtimeNs)];
  } catch {
    return [];
  }
}

/** Writes the first beat. Later ones are written over it, which needs no space on a full disk. */
export function firstBeat(path: string): void {
  writeFileSync(path, '0\n');
}

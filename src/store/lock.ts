// One study process per directory: a lock file that a live process holds and a dead one loses.
import { rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import { parseJson, publish, readIfThere, toJson, writeAtomic } from '../files/atomic.ts';
import { type Holder, heartbeatSeconds, holder, isAlive, thisProcess } from './process.ts';

export interface StudyLock {
  release(): void;
}

const lockFile = (dir: string) => join(dir, 'study.lock');

/** The live process that works on the study in `dir`, if there is one. */
export function studyHolder(dir: string): Holder | undefined {
  const text = readIfThere(lockFile(dir));
  const found = text === undefined ? undefined : holder.safeParse(parseJson(text));
  if (!found?.success) return undefined;
  return isAlive(found.data, heartbeat(lockFile(dir))) ? found.data : undefined;
}

/**
 * Takes the lock of the study in `dir`, from a dead process too. Throws UserError naming the process when a live one
 * holds it. (Should two processes ever get past it at once, runs stay whole: each is leased and fenced on its own.)
 */
export async function lockStudy(dir: string): Promise<StudyLock> {
  const path = lockFile(dir);
  const text = toJson(thisProcess());
  if (!publish(path, text)) {
    refuse(dir);
    writeAtomic(path, text);
    // Two processes may find the same dead lock: the one whose text stays has it.
    await sleep(100);
    if (readIfThere(path) !== text) refuse(dir);
  }
  const timer = setInterval(() => touch(path), heartbeatSeconds * 1000);
  timer.unref();
  return {
    release() {
      clearInterval(timer);
      if (readIfThere(path) === text) rmSync(path, { force: true });
    },
  };
}

function refuse(dir: string): void {
  const other = studyHolder(dir);
  if (other)
    throw new UserError(
      `${dir}: a study is already running there (process ${other.pid} on ${other.host}, since ${other.since}); wait for it, stop it, or use another --out`,
    );
}

function heartbeat(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** Sets the heartbeat of a lock or lease; a vanished file is somebody else's business. */
export function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {}
}

// Attempts at a run: numbered directories, each leased by one process, each starting from the best checkpoint before it.
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseJson, readIfThere, toJson, writeAtomic } from '../files/atomic.ts';
import { codeOf } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { touch } from './lock.ts';
import { heartbeatSeconds, holder, isAlive, thisProcess } from './process.ts';

export interface Attempt {
  number: number;
  dir: string;
  startedAt: string;
  /** Adds a line to the attempt's log.txt. */
  log(line: string): void;
  /** Drops the lease: the run is free for another attempt. */
  release(how: 'interrupted' | 'finished' | 'failed'): void;
}

const attemptName = /^attempt-(\d+)$/;
const lease = holder.extend({ released: holder.shape.host.optional() });

/** What training appends to, line by line. */
const LINES = ['metrics.jsonl', 'probes.jsonl'];

/** Numbers of the attempts at a run, ascending. */
export function attempts(runDir: string): number[] {
  let names: string[];
  try {
    names = readdirSync(runDir);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => attemptName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Directory of attempt `n`. */
export function attemptDir(runDir: string, n: number): string {
  return join(runDir, `attempt-${n}`);
}

/** State of a run's newest attempt: leased by a live process, given up in order, left by a dead one, or none yet. */
export function leaseState(runDir: string): 'live' | 'released' | 'lost' | 'none' {
  const last = attempts(runDir).at(-1);
  if (last === undefined) return 'none';
  const path = join(attemptDir(runDir, last), 'lease.json');
  const text = readIfThere(path);
  const found = text === undefined ? undefined : lease.safeParse(parseJson(text));
  if (!found?.success) return 'lost';
  if (found.data.released) return 'released';
  let beat = 0;
  try {
    beat = statSync(path).mtimeMs;
  } catch {}
  return isAlive(found.data, beat) ? 'live' : 'lost';
}

/**
 * Takes the next attempt at the run, or gives undefined while a live process has one. The directory is made with its
 * lease inside and renamed into place; rename refuses a directory that is not empty, so a number is taken once.
 */
export function takeAttempt(runDir: string): Attempt | undefined {
  for (;;) {
    if (leaseState(runDir) === 'live') return undefined;
    const number = (attempts(runDir).at(-1) ?? 0) + 1;
    const dir = attemptDir(runDir, number);
    const me = thisProcess();
    const temp = mkdtempSync(join(runDir, '.taking-'));
    try {
      writeFileSync(join(temp, 'lease.json'), toJson(me));
      renameSync(temp, dir);
    } catch (error) {
      rmSync(temp, { recursive: true, force: true });
      if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error) ?? '') && attempts(runDir).includes(number))
        continue; // somebody else took this number
      throw error;
    }
    return held(dir, number, me.since);
  }
}

function held(dir: string, number: number, startedAt: string): Attempt {
  const path = join(dir, 'lease.json');
  const timer = setInterval(() => touch(path), heartbeatSeconds * 1000);
  timer.unref();
  return {
    number,
    dir,
    startedAt,
    log(line) {
      appendFileSync(join(dir, 'log.txt'), `${new Date().toISOString()} ${line}\n`);
    },
    release(how) {
      clearInterval(timer);
      writeAtomic(path, toJson({ ...thisProcess(), since: startedAt, released: how }));
    },
  };
}

/** Earlier attempts that left a checkpoint, newest first. */
export function checkpoints(runDir: string, before: number): number[] {
  return attempts(runDir)
    .filter((n) => n < before && isFile(join(attemptDir(runDir, n), 'checkpoint.safetensors')))
    .reverse();
}

/**
 * Brings checkpoint, metrics and probes of attempt `from` into `to` (training cuts them to the checkpoint's step).
 * Checkpoints are replaced by rename, never written in place, so a link is as good as a copy; metrics are appended to,
 * perhaps still by a process that everybody believes dead, so they are copied, after the checkpoint was caught.
 */
export function inherit(runDir: string, from: number, to: Attempt): void {
  const source = attemptDir(runDir, from);
  const caught = join(to.dir, 'checkpoint.inherited');
  rmSync(caught, { force: true });
  try {
    linkSync(join(source, 'checkpoint.safetensors'), caught);
  } catch {
    copyFileSync(join(source, 'checkpoint.safetensors'), caught);
  }
  for (const name of LINES) {
    const lines = join(source, name);
    if (isFile(lines)) copyFileSync(lines, join(to.dir, name));
  }
  renameSync(caught, join(to.dir, 'checkpoint.safetensors'));
}

/** Removes what an attempt holds of a training that cannot be continued. A corrupt checkpoint is kept aside in its owner's directory. */
export function forget(to: Attempt): void {
  rmSync(join(to.dir, 'checkpoint.safetensors'), { force: true });
  for (const name of LINES) rmSync(join(to.dir, name), { force: true });
}

/** Checkpoints of attempts before `n` are of no more use once attempt `n` has finished the run. */
export function dropOldCheckpoints(runDir: string, n: number): void {
  for (const old of checkpoints(runDir, n))
    rmSync(join(attemptDir(runDir, old), 'checkpoint.safetensors'), { force: true });
}

/** Makes the directory of a run, with its config. */
export function createRunDir(runDir: string, config: unknown): void {
  makeFolder(runDir);
  const path = join(runDir, 'config.json');
  if (readIfThere(path) === undefined) writeAtomic(path, toJson(config));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

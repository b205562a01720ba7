// Attempts at a run: numbered directories, each leased by one process, each starting
// from the best checkpoint before it.
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
import { basename, join } from 'node:path';
import { HANDED_OVER } from '../script/contract.ts';
import { firstBeat, held, type Lease, type LeaseFiles, leasePlace, leaseText, lookAt } from './lease.ts';
import { thisProcess } from './process.ts';

/**
 * A lease on a run, with a folder of its own: nothing that its holder writes there
 * is ever written by another process.
 */
export interface Attempt extends Lease {
  number: number;
  dir: string;
  /** Adds a line to the attempt's log.txt. */
  log(line: string): void;
}

const attemptName = /^attempt-([1-9]\d{0,8})$/;

/** What training appends to, line by line. */
export const LINES = ['metrics.jsonl', 'probes.jsonl'] as const;

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

const filesIn = (folder: string): LeaseFiles => ({
  lease: join(folder, 'lease.json'),
  beat: join(folder, 'beat'),
  folder,
});

/** Id of the run that the directory was made for: its name, or what the leases in it say. */
export function expectedId(runDir: string): string | undefined {
  const name = basename(runDir);
  if (/^[0-9a-f]{16}$/.test(name)) return name;
  const leases = attempts(runDir).map((n) => lookAt(filesIn(attemptDir(runDir, n))).holder?.run);
  return leases.findLast((run) => run !== undefined);
}

/** The lease of a run's newest attempt; the older ones say nothing. Undefined before the first. */
export function newestLease(runDir: string): LeaseFiles | undefined {
  const last = attempts(runDir).at(-1);
  return last === undefined ? undefined : filesIn(attemptDir(runDir, last));
}

/**
 * A run's newest attempt at one look: leased by a process that lives, perhaps leased
 * by one that cannot be seen, given up or left by a dead one, or none yet.
 */
export function leaseState(runDir: string): 'live' | 'held' | 'ended' | 'none' {
  const files = newestLease(runDir);
  return files ? ({ alive: 'live', unknown: 'held', free: 'ended' } as const)[lookAt(files).state] : 'none';
}

/**
 * Takes the next attempt at the run `run`, or gives undefined while somebody may have one.
 * `silent` is the print of a lease that was watched for long enough: as long as it still
 * looks like that it may be taken over. The directory is made with its lease inside and renamed into place;
 * rename refuses a directory that is not empty, so a number is taken once.
 */
export function takeAttempt(runDir: string, run: string, silent?: string): Attempt | undefined {
  for (;;) {
    const number = (attempts(runDir).at(-1) ?? 0) + 1;
    if (number > 1) {
      const { state, print } = lookAt(filesIn(attemptDir(runDir, number - 1)));
      if (state !== 'free' && print !== silent) return undefined;
    }
    const dir = attemptDir(runDir, number);
    const temp = mkdtempSync(join(runDir, '.taking-'));
    const me = { ...thisProcess(leasePlace(temp)), run };
    try {
      const files = filesIn(temp);
      writeFileSync(files.lease, leaseText(me));
      firstBeat(files.beat);
      renameSync(temp, dir);
    } catch (error) {
      rmSync(temp, { recursive: true, force: true });
      // A file server may have renamed it and lost its answer.
      const taker = attempts(runDir).includes(number) && lookAt(filesIn(dir)).holder;
      if (taker === false) throw error;
      if (taker?.token !== me.token) continue;
    }
    return {
      number,
      dir,
      log: (line) => log(dir, line),
      ...held(filesIn(dir), me, () => isNewest(runDir, number)),
    };
  }
}

const isNewest = (runDir: string, number: number) => attempts(runDir).at(-1) === number;

function log(dir: string, line: string): void {
  appendFileSync(join(dir, 'log.txt'), `${new Date().toISOString()} ${line}\n`);
}

/** Earlier attempts that left a checkpoint, newest first. */
export function checkpoints(runDir: string, before: number): number[] {
  return attempts(runDir)
    .filter((n) => n < before && isFile(join(attemptDir(runDir, n), 'checkpoint.safetensors')))
    .reverse();
}

/**
 * Brings checkpoint, metrics and probes of attempt `from` into `to` (training cuts them to the checkpoint's
 * step). Checkpoints are replaced by rename, never written in place, so a link is as good as a copy;
 * metrics are appended to, perhaps still by a process that everybody believes dead,
 * so they are copied, after the checkpoint was caught.
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

/**
 * Removes what an attempt holds of a training that cannot be continued. A corrupt
 * checkpoint is kept aside in its owner's directory.
 */
export function forget(to: Attempt): void {
  rmSync(join(to.dir, 'checkpoint.safetensors'), { force: true });
  for (const name of LINES) rmSync(join(to.dir, name), { force: true });
}

/**
 * Checkpoints of attempts before `n` are of no more use once attempt `n` has finished the run,
 * and neither is what kills have left of files half written.
 */
export function tidyUp(runDir: string, n: number): void {
  for (const number of attempts(runDir).filter((number) => number <= n)) {
    const dir = attemptDir(runDir, number);
    for (const name of readdirSync(dir))
      if (/\.tmp$|^checkpoint\.inherited$/.test(name) || (number < n && name === 'checkpoint.safetensors'))
        rmSync(join(dir, name), { force: true });
    // What a killed process was handed.
    rmSync(join(dir, HANDED_OVER), { recursive: true, force: true });
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

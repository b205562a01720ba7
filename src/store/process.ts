// Who holds a lock or a lease: a process, named so that another one with the same number is not taken for it.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { codeOf } from '../files/errors.ts';

/** Fields that are optional are missing in leases of earlier versions. */
export const holder = z.looseObject({
  /** Random, made anew each time that something is taken. */
  token: z.string().optional(),
  /** Name of the computer, for messages. */
  host: z.string(),
  pid: z.int().positive(),
  /**
   * Whose process table knows `pid`: one boot of one computer, and one PID namespace.
   * Empty where the system does not say.
   */
  machine: z.string().optional(),
  /** When the process started, as the system tells it; empty where it does not. */
  start: z.string(),
  /** ISO time of taking the lock or lease, for messages. */
  since: z.string(),
  /** The folder that was locked or leased (device and inode): in a copy of it the lease holds nothing. */
  place: z.string().optional(),
  /** Seconds of silence after which it counts as gone. */
  silence: z.number().positive().optional(),
  /** Of a lease on a run: the id of that run. */
  run: z.string().optional(),
  /** How it was given up; absent while it is held. */
  released: z.string().optional(),
});

export type Holder = z.infer<typeof holder>;

/**
 * Seconds of silence after which a holder that cannot be seen counts as gone. A live
 * one beats every `beatSeconds`; over NFS a beat may stay unseen for 60 s more,
 * the longest that a client keeps attributes of files and folders by default (acregmax, acdirmax);
 * one beat may be late. GAPLAB_SILENCE_SECONDS changes it, for tests.
 */
export const silenceSeconds = Number(process.env.GAPLAB_SILENCE_SECONDS) || 90;
export const beatSeconds = silenceSeconds / 6;

/** This process as the new holder of the folder `place`. */
export function thisProcess(place: string): Holder & { token: string } {
  return {
    token: randomBytes(16).toString('hex'),
    host: hostname(),
    pid: process.pid,
    machine: machine(),
    start: stateOf(process.pid).start ?? '',
    since: new Date().toISOString(),
    place,
    silence: silenceSeconds,
  };
}

/**
 * What the process table says of a holder. `dead` and `alive` are proofs; all else is `unknown`:
 * another computer or container, a system that hides processes, a process that was stopped, a copied folder.
 */
export function fateOf(who: Holder, place: string): 'dead' | 'alive' | 'unknown' {
  if (!who.machine || who.machine !== machine()) return 'unknown';
  const { gone, start, stopped } = stateOf(who.pid);
  if (gone || (start && who.start && start !== who.start)) return 'dead';
  return start && start === who.start && !stopped && place === who.place ? 'alive' : 'unknown';
}

let ours: string | undefined;

function machine(): string {
  ours ??= machineOf();
  return ours;
}

function machineOf(): string {
  try {
    // A boot has an id of its own, and so has a PID namespace: containers of one
    // computer share the first alone.
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return boot && `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    }
    if (process.platform === 'darwin')
      return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim();
    return `host ${hostname()}`;
  } catch {
    return '';
  }
}

/** Whether there is such a process, when it started, and whether it was stopped (Ctrl-Z, a debugger). */
function stateOf(pid: number): { gone?: boolean; start?: string; stopped?: boolean } {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return { gone: true };
  }
  try {
    if (process.platform === 'win32') return {};
    if (process.platform !== 'linux')
      return { start: execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() };
    // Where /proc belongs to another PID namespace its numbers are other processes.
    if (readlinkSync('/proc/self') !== String(process.pid)) return {};
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields after the command name, which stands in parentheses and may itself contain any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Z and X: dead, not yet collected by its parent. T and t: stopped.
    return { gone: 'ZX'.includes(fields[0]), start: fields[19], stopped: 'Tt'.includes(fields[0]) };
  } catch {
    return {};
  }
}

// Who holds a lock or lease: a process named so that a later one with the same number is not taken for it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

export const holder = z.looseObject({
  host: z.string(),
  pid: z.int().positive(),
  /** When the process started, as the system tells it; empty where it does not. */
  start: z.string(),
  /** ISO time of taking the lock or lease. */
  since: z.string(),
});

export type Holder = z.infer<typeof holder>;

/** Silence after which a holder on another host counts as gone. Heartbeats come every `heartbeatSeconds`. */
export const leaseSeconds = 300;
export const heartbeatSeconds = 15;

let mine: string | undefined;

/** This process as a holder. */
export function thisProcess(): Holder {
  mine ??= startOf(process.pid) ?? '';
  return { host: hostname(), pid: process.pid, start: mine, since: new Date().toISOString() };
}

/** Start of a process: boot id and ticks on Linux, `ps` elsewhere; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Fields after the command name, which stands in parentheses and may itself contain any character.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') return undefined; // dead, not yet collected by its parent
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  if (process.platform === 'win32') return '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether the holder still lives; `heartbeat` (ms since 1970) decides for other hosts, the process table for this one. */
export function isAlive(who: Holder, heartbeat: number): boolean {
  if (who.host !== hostname()) return Date.now() - heartbeat < leaseSeconds * 1000;
  const start = startOf(who.pid);
  return start !== undefined && (who.start === '' || start === who.start);
}

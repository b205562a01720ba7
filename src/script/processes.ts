// Processes of a script: all that it started, told from others by the group they
// are in and by what stands in their environment.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often it is looked whether processes are gone. */
const LOOK_MS = 20;

/** Sends a signal to the group that `pid` leads; false when nobody is in it. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // Windows has no groups of processes.
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Processes of this computer whose environment has the variable `name` with that value:
 * a script may put what it starts into other groups. Only Linux can tell; elsewhere there are none.
 */
export function processesWith(name: string, value: string): number[] {
  if (process.platform !== 'linux') return [];
  const wanted = Buffer.from(`\0${name}=${value}\0`);
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && environ(pid).includes(wanted));
}

function environ(pid: number): Buffer {
  try {
    return Buffer.concat([Buffer.from('\0'), readFileSync(`/proc/${pid}/environ`)]);
  } catch {
    return Buffer.alloc(0); // gone by now, or of another user
  }
}

/** Ends whatever carries that variable: asks first, then kills. Gives how many processes there were. */
export async function endProcessesWith(name: string, value: string, graceMs: number): Promise<number> {
  const found = processesWith(name, value);
  for (const pid of found) send(pid, 'SIGTERM');
  const until = performance.now() + graceMs;
  while (performance.now() < until && processesWith(name, value).length > 0) await sleep(LOOK_MS);
  for (let rest = processesWith(name, value); rest.length > 0; rest = processesWith(name, value)) {
    for (const pid of rest) send(pid, 'SIGKILL');
    await sleep(LOOK_MS);
  }
  return found.length;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {} // gone by now
}

/** Ends the group that `pid` leads, whatever is left of it: asks first, then kills. */
export async function endGroup(pid: number, graceMs: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return;
  const until = performance.now() + graceMs;
  while (performance.now() < until) {
    if (!signalGroup(pid, 0)) return;
    await sleep(LOOK_MS);
  }
  signalGroup(pid, 'SIGKILL');
}

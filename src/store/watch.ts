// Who is alive, by observation: a lease whose beat moves is held, one that stays
// silent for long enough is free. Time is what this process's own monotonic clock says between its own looks;
// clocks and file times of computers are never compared.
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError, UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { type LeaseFiles, type LeaseLook, lookAt } from './lease.ts';
import { type Holder, silenceSeconds } from './process.ts';

/** What is known of a lease so far. */
export type Seat =
  /** To be had. `print`: the lease as it was then; who takes it over must find it like that. */
  | { state: 'free'; print: string | undefined }
  /** Its process is alive beyond doubt, or its beat was seen to move. */
  | { state: 'live'; holder: Holder | undefined }
  /** Silent so far, free after `seconds` more of it. */
  | { state: 'silent'; holder: Holder | undefined; seconds: number };

interface Seen {
  print: string;
  /** Milliseconds of silence that count. */
  silent: number;
  at: number;
  moved: boolean;
}

/** Looks come this often while somebody waits. */
const pollMs = (silenceSeconds * 1000) / 90;
/**
 * The most that the time between two looks adds to a silence. Who watches may have been stopped
 * together with who is watched, and a file server that did not answer the one did not answer the other.
 */
const creditMs = 5 * pollMs;

export class Watch {
  readonly #seen = new Map<string, Seen>();

  /** Looks at a lease once more; undefined: there is none. */
  look(files: LeaseFiles | undefined): Seat {
    if (!files) return { state: 'free', print: undefined };
    const look = lookAt(files);
    const { state, print, holder } = look;
    const silent = this.#silence(files.lease, look);
    if (state === 'free') return { state, print };
    if (state === 'alive') return { state: 'live', holder };
    const left = (holder?.silence ?? silenceSeconds) * 1000 - silent;
    if (left <= 0) return { state: 'free', print };
    return this.#seen.get(files.lease)!.moved
      ? { state: 'live', holder }
      : { state: 'silent', holder, seconds: Math.ceil(left / 1000) };
  }

  #silence(path: string, { print }: LeaseLook): number {
    const at = performance.now();
    const before = this.#seen.get(path);
    const same = before?.print === print;
    const silent = same ? before.silent + Math.min(at - before.at, creditMs) : 0;
    this.#seen.set(path, { print, silent, at, moved: before !== undefined && (before.moved || !same) });
    return silent;
  }
}

export interface Waiting {
  /** What is leased, what its holder does there, and what another one may do about it. */
  where: string;
  doing: string;
  advice: string;
  /** Hears that somebody is waited for, and until when. */
  warn?(line: string): void;
  /** Called at every look. */
  meanwhile?(): void;
  signal?: AbortSignal;
}

/**
 * Waits until a lease is free; `find` gives its files at every look. Throws UserError when its holder lives.
 */
export async function untilFree(
  watch: Watch,
  find: () => LeaseFiles | undefined,
  { where, doing, advice, warn, meanwhile, signal }: Waiting,
): Promise<Seat & { state: 'free' }> {
  for (let told = false; ; told = true) {
    const seat = watch.look(find());
    if (seat.state === 'free') return seat;
    if (seat.state === 'live') throw new UserError(`${where}: ${doing} (${named(seat.holder)}); ${advice}`);
    if (!told) warn?.(`${where}: ${waitingLine(seat)}; waiting`);
    meanwhile?.();
    try {
      await sleep(pollMs, undefined, { signal });
    } catch {
      throw new InterruptedError('stopped while waiting');
    }
  }
}

/** A holder in messages. */
const named = (who: Holder | undefined) =>
  who
    ? `process ${who.pid} on ${shown(who.host)}, since ${shown(who.since)}`
    : 'nobody knows who: its lease is damaged';

/** Who has it, and until when it is to be waited for. */
export function waitingLine({ holder, seconds }: Seat & { state: 'silent' }): string {
  const time = new Date(Date.now() + seconds * 1000).toTimeString().slice(0, 8);
  return `held by ${holder ? 'a process' : 'somebody'} that cannot be seen from here (${named(holder)}); if it stays silent it is free in ${seconds} s, at ${time}`;
}

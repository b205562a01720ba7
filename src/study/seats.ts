// Which runs may be started now: those whose lease is free. Others belong to processes that live,
// or that are still watched.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { leaseState, newestLease } from '../store/attempt.ts';
import { silenceSeconds } from '../store/process.ts';
import { type Watch, waitingLine } from '../store/watch.ts';

export interface Seats {
  /**
   * A place for the run, with the print of a silent lease that it takes over; undefined
   * while somebody may have it.
   */
  take(id: string): { silent?: string } | undefined;
  /** Whether runs were found that others have. */
  waiting(): boolean;
  /**
   * Begins to watch the leases of all unfinished runs, or goes on: so that their
   * silence counts while the study's lock is waited for.
   */
  look(): void;
}

/** A lease is looked at this often. */
const lookMs = Math.min(1000, (silenceSeconds * 1000) / 90);

/** Of the runs in `runsDir`; `warn` hears of each that is waited for. */
export function createSeats(runsDir: string, watch: Watch, warn: (line: string) => void): Seats {
  /** Runs that somebody else had, and when to look again. */
  const elsewhere = new Map<string, number>();
  const told = new Set<string>();
  let held: string[] | undefined;
  return {
    take(id) {
      if ((elsewhere.get(id) ?? 0) > performance.now()) return undefined;
      const seat = watch.look(newestLease(join(runsDir, id)));
      if (seat.state === 'free') {
        elsewhere.delete(id);
        return { silent: seat.print };
      }
      elsewhere.set(id, performance.now() + lookMs);
      if (seat.state === 'silent' && !told.has(id)) {
        told.add(id);
        warn(`run ${id}: ${waitingLine(seat)}`);
      }
      return undefined;
    },
    waiting: () => elsewhere.size > 0,
    look() {
      const unfinished = (id: string) =>
        leaseState(join(runsDir, id)) === 'held' && !existsSync(join(runsDir, id, 'result.json'));
      held ??= readdirSync(runsDir).filter(unfinished);
      for (const id of held) watch.look(newestLease(join(runsDir, id)));
    },
  };
}

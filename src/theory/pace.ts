// Long loops that stay polite: they report progress, stop when asked, and give the event
// loop a turn now and then.
import { InterruptedError } from '../core/errors.ts';
import { YIELD_MS } from '../core/yield.ts';

export interface Pace {
  /** Aborting it ends the work with the signal's reason. */
  signal?: AbortSignal;
  /** Share of the work that is done, from 0 to 1. */
  onProgress?(share: number): void;
}

/** A function to call between pieces of work, with the share done. */
export function keepPace({ signal, onProgress }: Pace = {}): (share: number) => Promise<void> | undefined {
  let last = performance.now();
  return (share) => {
    if (signal?.aborted) throw signal.reason ?? new InterruptedError('interrupted');
    const now = performance.now();
    if (now - last < YIELD_MS) return undefined;
    last = now;
    onProgress?.(share);
    // A timer, not a promise alone: only then do signals and the screen get their turn.
    return new Promise((resolve) => setTimeout(resolve, 0));
  };
}

/** The part of `pace` that covers the work from `from` to `to`. */
export function subPace(pace: Pace, from: number, to: number): Pace {
  return { signal: pace.signal, onProgress: (share) => pace.onProgress?.(from + share * (to - from)) };
}

// Between two steps a worker listens: its event loop gets a turn now and then, and while the page has paused
// the run no step is taken. What was computed stays where it is, so the run goes on as if nothing had been.
import { YIELD_MS } from '../core/yield.ts';

export interface Turns {
  /** Said by the page. */
  pause(paused: boolean): void;
  /** Before each step: undefined to go on at once, else a promise to wait for. */
  next(): Promise<void> | undefined;
}

export function createTurns(): Turns {
  let paused = false;
  let last = performance.now();
  let wake: (() => void) | undefined;
  const { port1, port2 } = new MessageChannel();
  // A message, not a timer: browsers keep nested timers waiting for four milliseconds.
  const turn = () =>
    new Promise<void>((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  const wait = async () => {
    await turn();
    while (paused) await new Promise<void>((resolve) => (wake = resolve));
    last = performance.now();
  };
  return {
    pause(now) {
      paused = now;
      if (!paused) wake?.();
    },
    next: () => (paused || performance.now() - last > YIELD_MS ? wait() : undefined),
  };
}

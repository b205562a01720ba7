// The part of the address after `#`, rewritten no more often than browsers allow: beyond 100 times in ten
// seconds Safari throws, beyond 200 Chromium does nothing. A slider that is dragged is faster than that. What
// comes too soon waits, and the page already reads it.

export interface Bar {
  read(): string;
  write(hash: string): void;
  /** Milliseconds. */
  now(): number;
  later(work: () => void, milliseconds: number): void;
}

export interface Address {
  /** What was written last, or where the visitor has gone since. */
  read(): string;
  write(hash: string): void;
}

const WINDOW = 10_000;
/** So many are written at once; then one each `PAUSE`. */
const AT_ONCE = 40;
const PAUSE = 250;

export function createAddress(bar: Bar): Address {
  let written: number[] = [];
  /** What waits, and the address in whose place it will be written. */
  let waiting: { hash: string; from: string } | undefined;
  const isStill = () => waiting && bar.read() === waiting.from;
  const flush = () => {
    if (waiting && isStill()) {
      written.push(bar.now());
      bar.write(waiting.hash);
    }
    waiting = undefined;
  };
  return {
    read: () => (waiting && isStill() ? waiting.hash : bar.read()),
    write(hash) {
      const isScheduled = waiting !== undefined;
      waiting = { hash, from: bar.read() };
      if (isScheduled) return;
      written = written.filter((at) => at > bar.now() - WINDOW);
      if (written.length < AT_ONCE) flush();
      else bar.later(flush, PAUSE);
    },
  };
}

/** Of this page. Nothing of it is touched before it is asked: tests import this without a browser. */
export const address = createAddress({
  read: () => location.hash,
  write: (hash) => history.replaceState(null, '', hash),
  now: () => performance.now(),
  later: (work, milliseconds) => void setTimeout(work, milliseconds),
});

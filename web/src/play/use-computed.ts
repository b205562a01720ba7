// Numbers from the worker of the page Theory: the page draws the latest that are there, and never waits.
import { useEffect, useRef, useState } from 'preact/hooks';
import { createLatest, type Latest } from './latest.ts';
import type { Job, ResultOf, WishOf } from './theory-jobs.ts';
import TheoryWorker from './theory-worker.ts?worker';

export interface Computed<J extends Job> {
  /** The latest result with what it is of; none before the first. */
  latest?: { wish: WishOf<J>; result: ResultOf<J> };
  /** Whether it is of another wish than the one at hand. */
  busy: boolean;
  /** Why there will be none. */
  failed?: string;
}

const textOf = (wish: object): string => Object.values(wish).join(' ');

export function useComputed<J extends Job>(job: J, wish: WishOf<J>): Computed<J> {
  const [latest, setLatest] = useState<Computed<J>['latest']>();
  const [failed, setFailed] = useState<string>();
  const queue = useRef<Latest<WishOf<J>, ResultOf<J>> | undefined>(undefined);
  useEffect(() => {
    const worker = new TheoryWorker();
    const { ask, finish } = createLatest<WishOf<J>, ResultOf<J>>(
      (wish) => worker.postMessage({ job, wish }),
      (wish, result) => setLatest({ wish, result }),
    );
    queue.current = { ask, finish };
    worker.addEventListener('message', ({ data }) => finish(data));
    worker.addEventListener('error', ({ message }) => setFailed(message || 'the worker does not run'));
    return () => worker.terminate();
  }, [job]);
  useEffect(() => queue.current!.ask(wish), [textOf(wish)]);
  return { latest, failed, busy: !latest || textOf(latest.wish) !== textOf(wish) };
}

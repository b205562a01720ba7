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

/** One for all sections, so that the page has a core of its own where there are two. */
let shared: { worker: Worker; users: number } | undefined;

function hire(): Worker {
  shared ??= { worker: new TheoryWorker(), users: 0 };
  shared.users++;
  return shared.worker;
}

function leave(): void {
  if (!shared || --shared.users > 0) return;
  shared.worker.terminate();
  shared = undefined;
}

const textOf = (wish: object): string => Object.values(wish).join(' ');

export function useComputed<J extends Job>(job: J, wish: WishOf<J>): Computed<J> {
  const [latest, setLatest] = useState<Computed<J>['latest']>();
  const [failed, setFailed] = useState<string>();
  const queue = useRef<Latest<WishOf<J>, ResultOf<J>> | undefined>(undefined);
  useEffect(() => {
    const worker = hire();
    const { ask, finish } = createLatest<WishOf<J>, ResultOf<J>>(
      (wish) => worker.postMessage({ job, wish }),
      (wish, result) => setLatest({ wish, result }),
    );
    queue.current = { ask, finish };
    const take = ({ data }: MessageEvent<{ job: Job; result: ResultOf<J> }>) =>
      data.job === job && finish(data.result);
    const fail = ({ message }: ErrorEvent) => setFailed(message || 'the worker does not run');
    worker.addEventListener('message', take);
    worker.addEventListener('error', fail);
    return () => {
      worker.removeEventListener('message', take);
      worker.removeEventListener('error', fail);
      leave();
    };
  }, [job]);
  useEffect(() => queue.current!.ask(wish), [textOf(wish)]);
  return { latest, failed, busy: !latest || textOf(latest.wish) !== textOf(wish) };
}

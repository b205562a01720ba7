// One thing is computed at a time. What was asked for in the meantime is forgotten but for the latest.

export interface Latest<Wish, Result> {
  ask(wish: Wish): void;
  /** What was asked for last of all that was begun is computed. */
  finish(result: Result): void;
}

/** `begin` starts a computation, whose result is given to `finish`; `show` is told every result. */
export function createLatest<Wish, Result>(
  begin: (wish: Wish) => void,
  show: (wish: Wish, result: Result) => void,
): Latest<Wish, Result> {
  let running: { wish: Wish } | undefined;
  let next: { wish: Wish } | undefined;
  const start = (wish: Wish) => {
    running = { wish };
    begin(wish);
  };
  return {
    ask(wish) {
      if (running) next = { wish };
      else start(wish);
    },
    finish(result) {
      const { wish } = running!;
      running = undefined;
      if (next) {
        const { wish: waiting } = next;
        next = undefined;
        start(waiting);
      }
      show(wish, result);
    },
  };
}

// Events for pages: numbered, and kept for a while, so that a page whose connection
// broke is told what it missed.
import type { EventName, Events } from './wire.ts';

export interface Sent {
  id: string;
  event: EventName;
  /** JSON. */
  data: string;
}

/** Events that are kept. A page that missed more fetches everything anew. */
const KEPT = 500;
/** Events that wait for one page; a page that is slower has lost its connection. */
const MOST_WAITING = 1000;

export interface Subscription {
  /** The next event; undefined when there will be none. `signal` ends the waiting. */
  next(): Promise<Sent | undefined>;
  close(): void;
}

export class Hub {
  /** Names this server in ids: those of another one are worth nothing. */
  readonly boot: string;
  #number = 0;
  #kept: { number: number; sent: Sent }[] = [];
  readonly #listeners = new Set<(sent: Sent | undefined) => void>();

  constructor(boot: string) {
    this.boot = boot;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  publish<Name extends EventName>(event: Name, data: Events[Name]): void {
    const number = ++this.#number;
    const sent = { id: `${this.boot}-${number}`, event, data: JSON.stringify(data) };
    this.#kept.push({ number, sent });
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const tell of this.#listeners) tell(sent);
  }

  /** Events after `last`, the id that a page heard last; without one, those from now on. */
  listen(last?: string): Subscription {
    const waiting: (Sent | undefined)[] = this.#missed(last);
    let wake: (() => void) | undefined;
    const tell = (sent: Sent | undefined) => {
      waiting.push(sent);
      if (waiting.length > MOST_WAITING) waiting.splice(0, waiting.length, undefined);
      wake?.();
    };
    this.#listeners.add(tell);
    return {
      next: async () => {
        if (waiting.length === 0)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        return waiting.shift();
      },
      close: () => {
        this.#listeners.delete(tell);
        tell(undefined);
      },
    };
  }

  /** Ends all streams. */
  close(): void {
    for (const tell of [...this.#listeners]) tell(undefined);
  }

  #missed(last: string | undefined): Sent[] {
    if (last === undefined) return [];
    const [boot, text] = last.split('-');
    const number = Number(text);
    const first = this.#kept[0]?.number ?? this.#number + 1;
    if (boot === this.boot && number <= this.#number && number >= first - 1)
      return this.#kept.flatMap((one) => (one.number > number ? [one.sent] : []));
    return [{ id: `${this.boot}-${this.#number}`, event: 'reset', data: '{}' }];
  }
}

// A thing that is fetched, shown, and fetched again when it has changed.
import { useEffect, useState } from 'preact/hooks';

/** What is known of it now: its newest value, and why the last attempt to get one failed. */
export interface Known<T> {
  value?: T;
  error?: string;
}

/** `ask` gets the value that is there already, so that it can fetch only what was added. */
export class Resource<T> {
  now: Known<T> = {};
  readonly #ask: (before: T | undefined) => Promise<T>;
  readonly #listeners = new Set<() => void>();
  #asking: Promise<void> | undefined;
  #again = false;

  constructor(ask: (before: T | undefined) => Promise<T>) {
    this.#ask = ask;
  }

  /** Whether anything on the page shows it. */
  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  set(value: T): void {
    this.#tell({ value });
  }

  /** Fetches. While a fetch is under way, one more follows it, however often one was asked for. */
  refresh(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = this.#fetch().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #fetch(): Promise<void> {
    do {
      this.#again = false;
      try {
        this.#tell({ value: await this.#ask(this.now.value) });
      } catch (error) {
        this.#tell({ value: this.now.value, error: error instanceof Error ? error.message : String(error) });
      }
    } while (this.#again);
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(now: Known<T>): void {
    this.now = now;
    for (const listener of this.#listeners) listener();
  }
}

/** What is known of `resource`; the component is drawn again when that changes. */
export function useResource<T>(resource: Resource<T> | null): Known<T> {
  const [, draw] = useState(0);
  useEffect(() => {
    if (!resource) return;
    const stop = resource.watch(() => draw((n) => n + 1));
    resource.refresh();
    return stop;
  }, [resource]);
  return resource?.now ?? {};
}

/** The same for several, in their order. */
export function useResources<T>(resources: readonly Resource<T>[]): Known<T>[] {
  const [, draw] = useState(0);
  const watched = resources.map(idOf).join();
  useEffect(() => {
    const stops = resources.map((one) => one.watch(() => draw((n) => n + 1)));
    for (const one of resources) one.refresh();
    return () => {
      for (const stop of stops) stop();
    };
  }, [watched]);
  return resources.map((one) => one.now);
}

const ids = new WeakMap<object, number>();
let lastId = 0;
function idOf(thing: object): number {
  if (!ids.has(thing)) ids.set(thing, ++lastId);
  return ids.get(thing)!;
}

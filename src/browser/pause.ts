// A switch that pauses runs in workers, as an AbortController stops them.

export interface Pause {
  readonly on: boolean;
  set(on: boolean): void;
  /** Calls `hear` with what the switch says now and whenever it changes; returns what ends that. */
  follow(hear: (on: boolean) => void): () => void;
}

/** One switch may pause any number of runs. */
export function createPause(): Pause {
  let on = false;
  const hearers = new Set<(on: boolean) => void>();
  return {
    get on() {
      return on;
    },
    set(value) {
      if (value === on) return;
      on = value;
      for (const hear of hearers) hear(on);
    },
    follow(hear) {
      hearers.add(hear);
      hear(on);
      return () => hearers.delete(hear);
    },
  };
}

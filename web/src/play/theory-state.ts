// What the sections of the page Theory share: the state in the address, and the batch sizes to choose from.

/** The fields of the address that sliders stand for. */
export interface TheoryState {
  /** The field if it is one of `among`, else `usual`. */
  get<T extends number | string>(name: string, among: readonly T[], usual: T): T;
  set(name: string, value: number | string): void;
}

/** The visitor's batch size: one slider for the whole page. */
export const theoryBatches = Array.from({ length: 13 }, (_, i) => 2 ** i);

// Progress of preparing data, with pauses in which timers and signals get their turn.
import { setImmediate } from 'node:timers/promises';

export interface PrepareProgress {
  phase: 'read' | 'tokenizer' | 'encode';
  /** Bytes of the corpus. */
  done: number;
  total: number;
}

export type Tick = (progress: PrepareProgress) => Promise<void>;

/**
 * Reports the beginning of each phase, then at most every 100 ms. Rejects with the signal's
 * reason once it is aborted.
 */
export function ticker(onProgress?: (progress: PrepareProgress) => void, signal?: AbortSignal): Tick {
  let last = 0;
  let phase: string | undefined;
  return async (progress) => {
    const now = performance.now();
    if (progress.phase === phase && now - last < 100) return;
    [last, phase] = [now, progress.phase];
    onProgress?.(progress);
    await setImmediate();
    signal?.throwIfAborted();
  };
}

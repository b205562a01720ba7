// Which sequences a run sees, in which order: a fresh shuffle of the shard's windows per epoch, a function of the seed alone.
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import type { TokenShard } from './shards.ts';

export interface Sampler {
  /** Windows in the shard = sequences in an epoch. */
  readonly windows: number;
  /** Sequence `index` (from 0) of the run: seqLen + 1 ids, inputs and targets overlapping by all but one. */
  sequence(index: number, out: Int32Array): void;
  /** Sequences step * batchSize .. of the run, [batchSize, seqLen + 1] row by row. Fills and returns `out` when given. */
  batch(step: number, batchSize: number, out?: Int32Array): Int32Array;
}

/**
 * Windows are the chunks [i T, i T + T] of the shard (T + 1 ids; the last one is the first of the next window).
 * Sequence k is window perm_e(k mod W) of epoch e = floor(k / W): the order is the same for every batch size, and any step
 * can be produced at any time, so that a resumed run needs no sampler state.
 * Throws UserError when the shard is shorter than one window.
 */
export function createSampler({
  shard,
  seqLen,
  seed,
}: {
  shard: TokenShard;
  seqLen: number;
  seed: number;
}): Sampler {
  const windows = windowsIn(shard.length, seqLen);
  const width = seqLen + 1;
  const order = new Uint32Array(windows);
  let epoch = -1;
  const windowOf = (index: number): number => {
    const e = Math.floor(index / windows);
    if (e !== epoch) {
      epoch = e;
      const rng = createRng(seed, `data/epoch/${e}`);
      for (let i = 0; i < windows; i++) order[i] = i;
      for (let i = windows - 1; i > 0; i--) {
        const j = rng.below(i + 1);
        const t = order[i];
        order[i] = order[j];
        order[j] = t;
      }
    }
    return order[index - e * windows];
  };
  const sequence = (index: number, out: Int32Array) => {
    if (out.length !== width)
      throw new RangeError(`a sequence needs room for ${width} ids, not ${out.length}`);
    shard.read(windowOf(index) * seqLen, out);
  };
  return {
    windows,
    sequence,
    batch(step, batchSize, out = new Int32Array(batchSize * width)) {
      if (out.length !== batchSize * width)
        throw new RangeError(`a batch needs room for ${batchSize} x ${width} ids, not ${out.length}`);
      for (let i = 0; i < batchSize; i++)
        sequence(step * batchSize + i, out.subarray(i * width, (i + 1) * width));
      return out;
    },
  };
}

/**
 * Start positions of the windows to evaluate on: as many as `tokens` pay for (at least one, at most all), spread evenly over the
 * shard, so that a part of the validation split speaks for all of it and not for its first documents.
 * Throws UserError when the shard is shorter than one window.
 */
export function evaluationWindows(length: number, seqLen: number, tokens: number): number[] {
  const windows = windowsIn(length, seqLen);
  const n = Math.min(windows, Math.max(1, Math.floor(tokens / seqLen)));
  return Array.from({ length: n }, (_, i) => Math.floor((i * windows) / n) * seqLen);
}

function windowsIn(length: number, seqLen: number): number {
  const windows = Math.floor((length - 1) / seqLen);
  if (windows >= 1) return windows;
  throw new UserError(
    `sequences of ${seqLen} tokens need ${seqLen + 1}, but this split of the corpus has ${length}: use a shorter seqLen or more text`,
  );
}

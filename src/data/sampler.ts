// Which sequences a run sees, in which order: a fresh shuffle of the split's examples per epoch,
// a function of the seed alone.
import { createRng } from '../core/rng.ts';
import type { Examples } from './examples.ts';

export interface Sampler {
  /** Windows in the shard (images in the split) = sequences in an epoch. */
  readonly windows: number;
  /**
   * Sequence `index` (from 0) of the run, as the model's objective writes it: seqLen + 1 ids
   * for a language model.
   */
  sequence(index: number, out: Int32Array): void;
  /**
   * Sequences step * batchSize .. of the run, [batchSize, width] row by row. Fills
   * and returns `out` when given.
   */
  batch(step: number, batchSize: number, out?: Int32Array): Int32Array;
}

/**
 * Sequence k is example perm_e(k mod W) of W, in epoch e = floor(k / W): the order is the same for every
 * batch size, and any step can be produced at any time, so that a resumed run needs no sampler state.
 * What is drawn of a sequence (its mask) is drawn from the seed and k, so anew in every epoch.
 */
export function createSampler({ examples, seed }: { examples: Examples; seed: number }): Sampler {
  const { count: windows, width } = examples;
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
    examples.read(windowOf(index), () => createRng(seed, `data/mask/${index}`), out);
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

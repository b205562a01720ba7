// The token inputs of a graph, `ids` and `targets`, filled from sequences of seqLen + 1 ids.
import type { ModelConfig } from '../model/config.ts';
import type { Buffers } from './backend.ts';

export interface Tokens {
  /** int64 [seqLen * size] each, to be bound to the graph. */
  inputs: Buffers;
  /** Writes sequences `from` .. `from + size` into them. */
  fill(sequences: Int32Array, from: number): void;
}

/** Row of position t of sequence s among `size` sequences: time is outermost (see model/transformer.ts). */
export const rowOf = (size: number, s: number, t: number): number => t * size + s;

/** Token buffers of a graph of `size` sequences. */
export function createTokens({ seqLen }: ModelConfig, size: number): Tokens {
  const shape = [size * seqLen];
  const [ids, targets] = [new BigInt64Array(shape[0]), new BigInt64Array(shape[0])];
  // Ids are below 2^31, so only the low halves of the int64 values are ever written.
  const [idsLow, targetsLow] = [new Int32Array(ids.buffer), new Int32Array(targets.buffer)];
  return {
    inputs: { ids: { data: ids, shape }, targets: { data: targets, shape } },
    fill(sequences, from) {
      for (let s = 0; s < size; s++)
        for (let t = 0; t < seqLen; t++) {
          const at = (from + s) * (seqLen + 1) + t;
          const row = 2 * rowOf(size, s, t);
          idsLow[row] = sequences[at];
          targetsLow[row] = sequences[at + 1];
        }
    },
  };
}

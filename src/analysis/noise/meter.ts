// What a stream of one-sequence gradients says about mini-batch noise: sums by layer, batch size and block of
// sequences, and the full samples of some coordinates.

/** A stretch of the flat gradient whose noise is looked at as one. */
export interface Layer {
  name: string;
  offset: number;
  size: number;
}

/**
 * What is kept of one layer (or of several together): the sequences are cut into equal blocks,
 * and errors come from their scatter.
 */
export interface LayerSums {
  /** Sequences in a block. */
  blockSize: number;
  /**
   * `squares[level][block]`: over the mini-batches of 2^level sequences in the block,
   * the sum of the squared norms of their means. Taken of gradients less the first one,
   * so that a small variance beside a large mean keeps its digits.
   */
  squares: number[][];
  /** Inner products of the blocks' means, of gradients less the first one. */
  shifted: number[][];
  /** The same of the gradients themselves. */
  products: number[][];
}

/** Samples of some coordinates of a layer. */
export interface CoordinateSamples {
  /** Places in the flat gradient. */
  indices: number[];
  /** Row k: the gradient of sequence k at those places. */
  rows: Float32Array[];
}

export interface NoiseMeter {
  /** The gradient of the next sequence's mean loss; `samples` of them in all. */
  add(gradient: Float32Array): void;
  /** Once all are in: the mean gradient, and what is kept of each layer. */
  finish(): { mean: Float32Array; sums: LayerSums[]; coordinates: CoordinateSamples[] };
}

/** Blocks of sequences. More would cost the memory of a gradient each. */
export const BLOCKS = 8;

/** Integers of [0, size), `count` of them at most, in ascending order, one from each of equal stretches. */
function spread(size: number, count: number, uniform: () => number): number[] {
  const n = Math.min(size, count);
  return Array.from({ length: n }, (_, i) => Math.floor(((i + (n < size ? uniform() : 0)) * size) / n));
}

/**
 * Mini-batches are the consecutive pairs, fours, eights .. of the sequences: every size sees all of them,
 * and sums of size 2B are made of two of size B. `samples` must be a power of two;
 * memory is log2(samples) + 7 gradients.
 */
export function createNoiseMeter(
  layers: readonly Layer[],
  { samples, coordinates, uniform }: { samples: number; coordinates: number; uniform: () => number },
): NoiseMeter {
  const top = Math.log2(samples / BLOCKS);
  if (!Number.isInteger(top) || top < 0)
    throw new RangeError(`samples must be a power of two, ${BLOCKS} at least, not ${samples}`);
  const blockSize = samples / BLOCKS;
  const pending: (Float32Array | undefined)[] = [];
  const blocks: Float32Array[] = [];
  const squares = layers.map(() => Array.from({ length: top + 1 }, () => new Array<number>(BLOCKS).fill(0)));
  const picked = layers.map(({ offset, size }): CoordinateSamples => {
    return { indices: spread(size, coordinates, uniform).map((i) => offset + i), rows: [] };
  });
  const square = ({ offset, size }: Layer, sum: Float32Array, of: number): number => {
    let total = 0;
    for (let i = offset; i < offset + size; i++) total += sum[i] * sum[i];
    return total / of ** 2;
  };
  let first: Float32Array | undefined;
  let added = 0;
  return {
    add(gradient) {
      if (added === samples) throw new RangeError(`more than ${samples} gradients`);
      for (const { indices, rows } of picked) {
        const row = new Float32Array(indices.length);
        for (let i = 0; i < row.length; i++) row[i] = gradient[indices[i]];
        rows.push(row);
      }
      const origin = (first ??= gradient.slice());
      const block = Math.floor(added++ / blockSize);
      // Like counting in binary: a full level adds to what waits there and moves up, until the block is full.
      let sum: Float32Array = new Float32Array(gradient.length);
      for (let i = 0; i < sum.length; i++) sum[i] = gradient[i] - origin[i];
      for (let level = 0; ; level++) {
        layers.forEach((layer, i) => (squares[i][level][block] += square(layer, sum, 2 ** level)));
        if (level === top) {
          blocks.push(sum);
          return;
        }
        const waiting = pending[level];
        if (!waiting) {
          pending[level] = sum;
          return;
        }
        pending[level] = undefined;
        for (let i = 0; i < sum.length; i++) waiting[i] += sum[i];
        sum = waiting;
      }
    },
    finish() {
      if (added !== samples) throw new RangeError(`${added} gradients of ${samples}`);
      const origin = first!;
      const mean = origin.map((x, i) => x + blocks.reduce((sum, block) => sum + block[i], 0) / samples);
      const sums = layers.map((layer, l): LayerSums => {
        const [shifted, products] = [grid(), grid()];
        for (let a = 0; a < BLOCKS; a++)
          for (let b = 0; b <= a; b++) {
            let [moved, whole] = [0, 0];
            for (let i = layer.offset; i < layer.offset + layer.size; i++) {
              const [x, y] = [blocks[a][i] / blockSize, blocks[b][i] / blockSize];
              moved += x * y;
              whole += (origin[i] + x) * (origin[i] + y);
            }
            shifted[a][b] = shifted[b][a] = moved;
            products[a][b] = products[b][a] = whole;
          }
        return { blockSize, squares: squares[l], shifted, products };
      });
      return { mean, sums, coordinates: picked };
    },
  };
}

const grid = () => Array.from({ length: BLOCKS }, () => new Array<number>(BLOCKS).fill(0));

/** Layers as one: all of it adds up over coordinates. */
export function joinSums(layers: readonly LayerSums[]): LayerSums {
  const add = (of: (sums: LayerSums) => number[][]): number[][] =>
    of(layers[0]).map((row, i) => row.map((_, j) => layers.reduce((sum, one) => sum + of(one)[i][j], 0)));
  return {
    blockSize: layers[0].blockSize,
    squares: add(({ squares }) => squares),
    shifted: add(({ shifted }) => shifted),
    products: add(({ products }) => products),
  };
}

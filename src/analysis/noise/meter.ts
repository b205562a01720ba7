// What a stream of one-sequence gradients says about mini-batch noise: total variance by layer and batch size, and the
// full samples of some coordinates.

/** A stretch of the flat gradient whose noise is looked at as one. */
export interface Layer {
  name: string;
  offset: number;
  size: number;
}

/** Total variance of the mini-batch gradient of one layer, by batch size. */
export interface LayerVariance {
  batchSize: number;
  /** Mini-batches measured. */
  batches: number;
  /** Trace of their covariance, unbiased. */
  variance: number;
  /** Mean of their squared norms. */
  normSquared: number;
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
  /** Once all are in: the mean gradient, and per layer the variances at batch sizes 1, 2, 4 .. samples / 2. */
  finish(): { mean: Float32Array; variances: LayerVariance[][]; coordinates: CoordinateSamples[] };
}

/** Integers of [0, size), `count` of them at most, in ascending order, one from each of equal stretches. */
function spread(size: number, count: number, uniform: () => number): number[] {
  const n = Math.min(size, count);
  return Array.from({ length: n }, (_, i) => Math.floor(((i + (n < size ? uniform() : 0)) * size) / n));
}

/**
 * Mini-batches are the consecutive pairs, fours, eights .. of the sequences: every size sees all of them, and sums of
 * size 2B are made of two of size B. `samples` must be a power of two; memory is about log2(samples) gradients.
 */
export function createNoiseMeter(
  layers: readonly Layer[],
  { samples, coordinates, uniform }: { samples: number; coordinates: number; uniform: () => number },
): NoiseMeter {
  const top = Math.log2(samples);
  if (!Number.isInteger(top) || top < 2)
    throw new RangeError(`samples must be a power of two, 4 at least, not ${samples}`);
  const pending: (Float32Array | undefined)[] = [];
  // squares[layer][level]: sum over mini-batches of 2^level sequences of the squared norm of their mean.
  const squares = layers.map(() => new Float64Array(top + 1));
  const picked = layers.map(({ offset, size }): CoordinateSamples => {
    return { indices: spread(size, coordinates, uniform).map((i) => offset + i), rows: [] };
  });
  const square = ({ offset, size }: Layer, sum: Float32Array, of: number): number => {
    let total = 0;
    for (let i = offset; i < offset + size; i++) total += sum[i] * sum[i];
    return total / of ** 2;
  };
  let added = 0;
  return {
    add(gradient) {
      if (added++ === samples) throw new RangeError(`more than ${samples} gradients`);
      for (const { indices, rows } of picked) rows.push(Float32Array.from(indices, (i) => gradient[i]));
      // Like counting in binary: a full level adds to what waits there and moves up.
      let sum: Float32Array = gradient.slice();
      for (let level = 0; ; level++) {
        layers.forEach((layer, i) => (squares[i][level] += square(layer, sum, 2 ** level)));
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
      const mean = pending[top]!.map((x) => x / samples);
      const variances = layers.map((layer, l) => {
        const meanSquare = square(layer, mean, 1);
        return Array.from({ length: top }, (_, level) => {
          const batches = samples / 2 ** level;
          const total = squares[l][level];
          const variance = Math.max(0, (total - batches * meanSquare) / (batches - 1));
          return { batchSize: 2 ** level, batches, variance, normSquared: total / batches };
        });
      });
      return { mean, variances, coordinates: picked };
    },
  };
}

// Means of many coordinates over the same sequences: what noise they have in common,
// and what several layers are together.
import { pairMean } from './pairs.ts';
import type { NoisyMeans } from './signals.ts';

export interface CoordinateMeans extends NoisyMeans {
  /**
   * Means of equal blocks of the sequences over the standard deviation of one:
   * `blocks[b][i]` of coordinate i.
   */
  blocks: Float64Array[];
}

/**
 * How many independent coordinates these are worth. Kish's number counts unequal weights;
 * and coordinates of one gradient err together, so that their mean square errs more
 * than that of independent ones would: by the ratio of these variances there are fewer.
 */
export function effectiveCoordinates({ ratios, weights, samples, blocks }: CoordinateMeans): number {
  let [all, squares, signal] = [0, 0, 0];
  weights.forEach((weight, i) => {
    all += weight;
    squares += weight ** 2;
    signal += weight ** 2 * (ratios[i] ** 2 - 1);
  });
  const kish = all ** 2 / squares;
  const pairs = (blocks.length * (blocks.length - 1)) / 2;
  const perBlock = samples / blocks.length;
  const { error } = pairMean(blocks.length, (a, b) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i] * blocks[a][i] * blocks[b][i];
    return sum / all;
  });
  // Of independent coordinates: 4 size^2 / samples, and 1 / (pairs perBlock^2) for noise times noise,
  // each over Kish's number.
  const alone = ((4 * Math.max(0, signal)) / squares / samples ** 2 + 1 / (pairs * perBlock ** 2)) / kish;
  return kish / Math.max(1, error ** 2 / alone);
}

/** Coordinates of several layers as one list. */
export function joinMeans(parts: readonly CoordinateMeans[]): CoordinateMeans {
  const join = (of: (part: CoordinateMeans) => Float64Array) =>
    Float64Array.from(parts.flatMap((part) => [...of(part)]));
  return {
    samples: parts[0].samples,
    ratios: join(({ ratios }) => ratios),
    weights: join(({ weights }) => weights),
    blocks: parts[0].blocks.map((_, b) => join(({ blocks }) => blocks[b])),
  };
}

// Means over pairs of independent blocks, with their standard error. The mean of one
// block times that of another estimates a square without bias, where the square
// of one mean would carry its own noise (U-statistics, Hoeffding 1948).

export interface PairMean {
  mean: number;
  /** Standard error of the mean. */
  error: number;
  /** Degrees of freedom behind the error (Satterthwaite), for Student's t. */
  degrees: number;
  /** Variance of a pair beyond what its two blocks bring to all their pairs. */
  rest: number;
}

/** The fewest blocks that tell the noise of a pair from that of a block. */
export const LEAST_BLOCKS = 4;

/**
 * `of(a, b)`, symmetric, is a measurement of the pair a < b of `blocks` independent blocks.
 * Pairs that share a block are not independent: a pair is the mean, plus a part of either block, plus a rest,
 * and the variances of the parts and of the rest are estimated apart (two-way analysis of variance).
 */
export function pairMean(blocks: number, of: (a: number, b: number) => number): PairMean {
  if (blocks < LEAST_BLOCKS) throw new RangeError(`pairs of ${blocks} blocks say nothing about their error`);
  const pairs = (blocks * (blocks - 1)) / 2;
  const values: { a: number; b: number; value: number }[] = [];
  for (let b = 1; b < blocks; b++) for (let a = 0; a < b; a++) values.push({ a, b, value: of(a, b) });
  const mean = values.reduce((sum, { value }) => sum + value, 0) / pairs;
  const parts = new Float64Array(blocks);
  for (const { a, b, value } of values) {
    parts[a] += (value - mean) / (blocks - 2);
    parts[b] += (value - mean) / (blocks - 2);
  }
  const restDegrees = pairs - blocks;
  const rest =
    values.reduce((sum, { a, b, value }) => sum + (value - mean - parts[a] - parts[b]) ** 2, 0) / restDegrees;
  // A part as estimated carries 1 / (blocks - 2) of the rest's variance.
  const part = Math.max(0, parts.reduce((sum, x) => sum + x * x, 0) / (blocks - 1) - rest / (blocks - 2));
  const [ofParts, ofRest] = [(4 * part) / blocks, rest / pairs];
  const variance = ofParts + ofRest;
  return {
    mean,
    error: Math.sqrt(variance),
    degrees:
      variance > 0 ? variance ** 2 / (ofParts ** 2 / (blocks - 1) + ofRest ** 2 / restDegrees) : restDegrees,
    rest,
  };
}

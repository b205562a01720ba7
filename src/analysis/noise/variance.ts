// Total variance of mini-batch gradients by batch size, and the power of the batch size that it falls with.
import { t95 } from '../../core/student.ts';
import type { Interval } from '../stats.ts';
import { jackknifeError } from './jackknife.ts';
import { BLOCKS, type LayerSums } from './meter.ts';
import { pairMean } from './pairs.ts';

/** Total variance of the mini-batch gradient of one layer, by batch size. */
export interface LayerVariance {
  batchSize: number;
  /** Mini-batches measured. */
  batches: number;
  /** Trace of their covariance, unbiased. */
  variance: number;
  /** Its standard error. */
  error: number;
  /**
   * Variance times batch size over the variance of single sequences: 1 if it falls as 1 / B.
   * Null without noise.
   */
  scaled: number | null;
  /** Its standard error. */
  scaledError: number | null;
}

const all = Array.from({ length: BLOCKS }, (_, block) => block);
const without = (block: number) => all.filter((other) => other !== block);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** The variance of batches of 2^level sequences, from those within the blocks `of`. */
export function varianceWithin(
  { blockSize, squares, shifted }: LayerSums,
  level: number,
  of: readonly number[],
): number {
  const batches = (of.length * blockSize) / 2 ** level;
  const mean = sum(of.map((a) => sum(of.map((b) => shifted[a][b])))) / of.length ** 2;
  return Math.max(0, (sum(of.map((block) => squares[level][block])) - batches * mean) / (batches - 1));
}

/** The variance of batches of `count` whole blocks. */
function varianceOfBlocks({ shifted }: LayerSums, count: number): number {
  const groups = Array.from({ length: BLOCKS / count }, (_, g) => all.slice(g * count, (g + 1) * count));
  const product = (a: readonly number[], b: readonly number[]) =>
    sum(a.map((i) => sum(b.map((j) => shifted[i][j])))) / count ** 2;
  const mean = sum(groups.map((a) => sum(groups.map((b) => product(a, b))))) / groups.length ** 2;
  return Math.max(0, (sum(groups.map((a) => product(a, a))) - groups.length * mean) / (groups.length - 1));
}

/** Batch sizes 1, 2, 4 .. half the sequences. */
export function layerVariances(sums: LayerSums): LayerVariance[] {
  const { blockSize, squares, shifted } = sums;
  const single = varianceWithin(sums, 0, all);
  const scaled = (level: number, of: readonly number[]) =>
    (varianceWithin(sums, level, of) * 2 ** level) / varianceWithin(sums, 0, of);
  const within = squares.map((_, level): LayerVariance => {
    return {
      batchSize: 2 ** level,
      batches: (BLOCKS * blockSize) / 2 ** level,
      variance: varianceWithin(sums, level, all),
      error: jackknifeError(BLOCKS, (block) => varianceWithin(sums, level, without(block))),
      scaled: single > 0 ? scaled(level, all) : null,
      scaledError: single > 0 ? jackknifeError(BLOCKS, (block) => scaled(level, without(block))) : null,
    };
  });
  // Batches of several blocks are too few for a jackknife, but means of many sequences are nearly Gaussian:
  // the relative variance of their variance is 2 / (batches - 1) over the number
  // of directions that the noise has, (tr S)^2 / tr S^2.
  const { rest } = pairMean(BLOCKS, (a, b) => shifted[a][b]);
  const ofBlocks = within[within.length - 1].variance;
  const across = [2, 4].map((count): LayerVariance => {
    const batches = BLOCKS / count;
    const variance = varianceOfBlocks(sums, count);
    const share = ofBlocks > 0 ? Math.sqrt((2 * rest) / (batches - 1)) / ofBlocks : 0;
    const ratio = single > 0 ? (variance * count * blockSize) / single : null;
    return {
      ...{ batchSize: count * blockSize, batches, variance, error: variance * share },
      ...{ scaled: ratio, scaledError: ratio === null ? null : ratio * share },
    };
  });
  return [...within, ...across];
}

/**
 * Slope of log variance over log batch size; a batch size weighs as its number of batches,
 * which its precision grows with.
 */
function weightedSlope(sums: LayerSums, of: readonly number[]): number | null {
  const points = sums.squares.map((_, level) => ({
    x: level * Math.LN2,
    y: Math.log(varianceWithin(sums, level, of)),
    weight: 2 ** -level,
  }));
  if (points.length < 2 || points.some(({ y }) => !Number.isFinite(y))) return null;
  const weights = sum(points.map(({ weight }) => weight));
  const middle = sum(points.map(({ x, weight }) => weight * x)) / weights;
  const spread = sum(points.map(({ x, weight }) => weight * (x - middle) ** 2));
  return sum(points.map(({ x, y, weight }) => weight * (x - middle) * y)) / spread;
}

/**
 * Exponent of the variance in the batch size, -1 for independent sequences, with its 95% interval.
 * From the batch sizes that fit eight times into the sequences. All batch sizes see the same sequences,
 * so that their variances err together and the scatter about the line says too little: the error
 * is that of leaving out one eighth of the sequences at a time. Null without noise, or with one batch size.
 */
export function varianceExponent(sums: LayerSums): { exponent: number; ci95: Interval } | null {
  const exponent = weightedSlope(sums, all);
  if (exponent === null) return null;
  const error = jackknifeError(BLOCKS, (block) => weightedSlope(sums, without(block)) ?? Number.NaN);
  const half = t95(BLOCKS - 1) * error;
  return Number.isFinite(half) ? { exponent, ci95: [exponent - half, exponent + half] } : null;
}

// Single coordinates of the gradient over many sequences: how far from Gaussian,
// and how much signal against noise.

import { quantile } from '../../core/quantile.ts';
import { createRng } from '../../core/rng.ts';
import type { Interval } from '../stats.ts';
import { type CoordinateMeans, effectiveCoordinates } from './means.ts';
import { excessKurtosis, type TailIndex, tailIndex } from './tail.ts';

export interface CoordinateStatistics {
  /**
   * Median over coordinates of the excess kurtosis over sequences, and its 95% interval.
   * Of n sequences it is n at most, so heavy tails look lighter.
   */
  kurtosis: { median: number; ci95: Interval } | null;
  /**
   * Tail of the noise, every coordinate in units of its own standard deviation.
   * Its errors are those of blocks of sequences.
   */
  tail: TailIndex | null;
  /**
   * Typical |mean| / sd of a coordinate for one sequence, the sampling error of the mean taken out:
   * the spread of mean / sd, from its median size (for a normal spread), so that rows
   * of tokens that never occur do not decide it. With its 95% interval.
   */
  snr: { value: number; ci95: Interval } | null;
  /** Quartiles of |mean| / sd as sampled; values near 1 / sqrt(samples) may be nothing but sampling error. */
  snrQuartiles: [number, number, number] | null;
  /**
   * Share of the coordinates whose gradient was the same in every sequence (zero,
   * in rows of tokens that did not occur).
   */
  silent: number;
  /** What predictions of the critical batch size start from. */
  means: CoordinateMeans;
}

/**
 * What Gaussian noise would give from as many sequences: dividing by a sample's
 * own deviation cuts the tails of small samples.
 */
export interface GaussianReference {
  hill: number | null;
  kurtosis: number | null;
}

/** Values that the reference draws: its own error is then a few percent. */
const REFERENCE = 50_000;

export function gaussianReference(samples: number): GaussianReference {
  const { normal } = createRng(1, 'gaussian tail');
  const width = Math.ceil(REFERENCE / samples);
  const rows = Array.from({ length: samples }, () => Float32Array.from({ length: width }, normal));
  const { tail, kurtosis } = coordinateStatistics(rows, 1);
  return { hill: tail?.hill ?? null, kurtosis: kurtosis?.median ?? null };
}

/** Median of |x| for a standard normal x, and the density of |x| there. */
const NORMAL_MEDIAN = 0.6744897501960817;
const DENSITY_THERE = 0.6355564;
const Z95 = 1.959963984540054;
/** Blocks of sequences from whose scatter errors come. */
const MOST_BLOCKS = 16;

/**
 * `rows[k][i]`: coordinate i of the gradient of sequence k. `weight`: coordinates
 * of the model per sampled one.
 */
export function coordinateStatistics(rows: readonly Float32Array[], weight: number): CoordinateStatistics {
  const samples = rows.length;
  const width = rows[0].length;
  const blocks = Math.min(MOST_BLOCKS, samples);
  const means: { mean: number; sd: number; byBlock: number[] }[] = [];
  const kurtoses: number[] = [];
  const noise: number[][] = Array.from({ length: blocks }, () => []);
  for (let i = 0; i < width; i++) {
    const values = Float64Array.from(rows, (row) => row[i]);
    const mean = values.reduce((a, b) => a + b, 0) / samples;
    const sd = Math.sqrt(values.reduce((a, x) => a + (x - mean) ** 2, 0) / (samples - 1));
    if (!(sd > 0)) continue;
    const byBlock = new Array<number>(blocks).fill(0);
    values.forEach((x, k) => {
      const block = Math.floor((k * blocks) / samples);
      byBlock[block] += x / sd / (samples / blocks);
      noise[block].push((x - mean) / sd);
    });
    means.push({ mean, sd, byBlock });
    const kurtosis = excessKurtosis(values);
    if (kurtosis !== null) kurtoses.push(kurtosis);
  }
  const sampled: CoordinateMeans = {
    ratios: Float64Array.from(means, ({ mean, sd }) => (Math.sqrt(samples) * mean) / sd),
    weights: Float64Array.from(means, ({ sd }) => weight * sd),
    samples,
    blocks: Array.from({ length: blocks }, (_, b) => Float64Array.from(means, ({ byBlock }) => byBlock[b])),
  };
  const ratios = means.map(({ mean, sd }) => Math.abs(mean) / sd);
  const effective =
    means.length > 0 ? effectiveCoordinates({ ...sampled, weights: sampled.weights.map(() => 1) }) : 0;
  return {
    kurtosis: medianOf(kurtoses, effective),
    tail: tailOf(noise),
    snr: snrOf(ratios, samples, effective),
    snrQuartiles:
      ratios.length > 0 ? [quantile(ratios, 0.25)!, quantile(ratios, 0.5)!, quantile(ratios, 0.75)!] : null,
    silent: 1 - means.length / width,
    means: sampled,
  };
}

/**
 * The median with the interval between two order statistics, free of any distribution,
 * of `effective` independent values.
 */
function medianOf(values: readonly number[], effective: number): { median: number; ci95: Interval } | null {
  const median = quantile(values, 0.5);
  if (median === null) return null;
  const half = Math.min(0.5, (0.5 * Z95) / Math.sqrt(effective));
  return { median, ci95: [quantile(values, 0.5 - half)!, quantile(values, Math.min(1, 0.5 + half))!] };
}

function snrOf(
  ratios: readonly number[],
  samples: number,
  effective: number,
): { value: number; ci95: Interval } | null {
  const median = quantile(ratios, 0.5);
  if (median === null) return null;
  const root = (square: number) => Math.sqrt(Math.max(0, square - 1 / samples));
  const square = (median / NORMAL_MEDIAN) ** 2;
  // Of a sample median: one half over the density there, over the root of their number;
  // twice that for a square.
  const half = (Z95 * 2 * square * 0.5) / (DENSITY_THERE * NORMAL_MEDIAN * Math.sqrt(effective));
  return { value: root(square), ci95: [root(square - half), root(square + half)] };
}

/**
 * The tail index of all values, with errors from the scatter of the blocks' own:
 * coordinates of one sequence are not independent.
 */
function tailOf(blocks: readonly number[][]): TailIndex | null {
  const whole = tailIndex(blocks.flat());
  if (whole === null) return null;
  const parts = blocks.flatMap((values) => tailIndex(values) ?? []);
  if (parts.length < blocks.length) return whole;
  const error = (of: (tail: TailIndex) => number) => {
    const middle = parts.reduce((sum, part) => sum + of(part), 0) / parts.length;
    const square = parts.reduce((sum, part) => sum + (of(part) - middle) ** 2, 0) / (parts.length - 1);
    return Math.sqrt(square / parts.length);
  };
  // Independent values have the asymptotic error; nothing has less.
  return {
    ...whole,
    hillError: Math.max(
      whole.hillError,
      error(({ hill }) => hill),
    ),
    xiError: Math.max(
      whole.xiError,
      error(({ xi }) => xi),
    ),
  };
}

// Single coordinates of the gradient over many sequences: how far from Gaussian, and how much signal against noise.
import { createRng } from '../../core/rng.ts';
import { quantile } from '../stats.ts';
import { excessKurtosis, type TailIndex, tailIndex } from './tail.ts';

/**
 * Mean and standard deviation of one-sequence gradients, coordinate by coordinate; `weight` is how many coordinates of
 * the model each stands for. What predictions of the critical batch size start from.
 */
export interface GradientMoments {
  mean: number[];
  sd: number[];
  weight: number[];
}

export interface CoordinateStatistics {
  /** Median over coordinates of the excess kurtosis over sequences: 0 for Gaussian noise. */
  kurtosis: number | null;
  /** Tail of the noise, every coordinate in units of its own standard deviation. */
  tail: TailIndex | null;
  /**
   * Typical |mean| / sd of a coordinate for one sequence, the sampling error of the mean taken out: the spread of mean / sd,
   * from its median size (for a normal spread), so that rows of tokens that never occur do not decide it.
   */
  snr: number;
  /** Quartiles of |mean| / sd as sampled; values near 1 / sqrt(samples) may be nothing but sampling error. */
  snrQuartiles: [number, number, number] | null;
  /** Share of the coordinates whose gradient was zero in every sequence (rows of tokens that did not occur). */
  silent: number;
  moments: GradientMoments;
}

/** Values that `gaussianTail` draws: its own error is then a few percent. */
const REFERENCE = 50_000;

/** What `tail` would be if the noise were Gaussian: dividing by a sample's own deviation cuts the tails of small samples. */
export function gaussianTail(samples: number): TailIndex | null {
  const { normal } = createRng(1, 'gaussian tail');
  const width = Math.ceil(REFERENCE / samples);
  const rows = Array.from({ length: samples }, () => Float32Array.from({ length: width }, normal));
  return coordinateStatistics(rows, 1).tail;
}

/** Median of |x| for a standard normal x. */
const NORMAL_MEDIAN = 0.6744897501960817;

/** `rows[k][i]`: coordinate i of the gradient of sequence k. `weight`: coordinates of the model per sampled one. */
export function coordinateStatistics(rows: readonly Float32Array[], weight: number): CoordinateStatistics {
  const samples = rows.length;
  const width = rows[0].length;
  const means: number[] = [];
  const sds: number[] = [];
  const kurtoses: number[] = [];
  const noise: number[] = [];
  for (let i = 0; i < width; i++) {
    const values = Float64Array.from(rows, (row) => row[i]);
    const mean = values.reduce((a, b) => a + b, 0) / samples;
    const sd = Math.sqrt(values.reduce((a, x) => a + (x - mean) ** 2, 0) / (samples - 1));
    if (!(sd > 0)) continue;
    means.push(mean);
    sds.push(sd);
    const kurtosis = excessKurtosis(values);
    if (kurtosis !== null) kurtoses.push(kurtosis);
    for (const x of values) noise.push((x - mean) / sd);
  }
  const ratios = means.map((mean, i) => Math.abs(mean) / sds[i]);
  const median = quantile(ratios, 0.5) ?? 0;
  return {
    kurtosis: quantile(kurtoses, 0.5),
    tail: tailIndex(noise),
    snr: Math.sqrt(Math.max(0, (median / NORMAL_MEDIAN) ** 2 - 1 / samples)),
    snrQuartiles:
      ratios.length > 0 ? [quantile(ratios, 0.25)!, quantile(ratios, 0.5)!, quantile(ratios, 0.75)!] : null,
    silent: 1 - means.length / width,
    moments: { mean: withoutSamplingError(means, sds, samples), sd: sds, weight: means.map(() => weight) },
  };
}

/**
 * Means as sampled carry sd / sqrt(samples) of error, and each would seem to have a signal at least of that size. Every square
 * loses that much (to zero at most), then all are scaled so that their sum is the unbiased one.
 */
function withoutSamplingError(means: number[], sds: number[], samples: number): number[] {
  const excess = means.map((mean, i) => mean ** 2 - sds[i] ** 2 / samples);
  const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
  const kept = sum(excess.map((x) => Math.max(0, x)));
  const scale = kept > 0 ? Math.sqrt(Math.max(0, sum(excess)) / kept) : 0;
  return means.map((mean, i) => Math.sign(mean) * scale * Math.sqrt(Math.max(0, excess[i])));
}

/** Moments of several layers as one. */
export const joinMoments = (parts: readonly GradientMoments[]): GradientMoments => ({
  mean: parts.flatMap((p) => p.mean),
  sd: parts.flatMap((p) => p.sd),
  weight: parts.flatMap((p) => p.weight),
});

// Spectral densities by stochastic Lanczos quadrature (Golub & Meurant; arXiv 1901.10159),
// and how far apart the densities of a Hessian's blocks are (arXiv 2402.16788).
import type { Ritz } from './lanczos.ts';

/** A density as point masses: weights sum to 1. */
export interface Spectrum {
  values: number[];
  weights: number[];
}

/** The mean density over several starting vectors. */
export function slq(runs: readonly Pick<Ritz, 'values' | 'weights'>[]): Spectrum {
  return {
    values: runs.flatMap((run) => run.values),
    weights: runs.flatMap((run) => run.weights.map((w) => w / runs.length)),
  };
}

/** k-th moment of the density; times the size: the trace (k = 1) and the squared Frobenius norm (k = 2). */
export const moment = ({ values, weights }: Spectrum, k: number): number =>
  values.reduce((sum, x, i) => sum + weights[i] * x ** k, 0);

/**
 * Eigenvalues span many decades on both sides of zero: asinh is linear near zero
 * and logarithmic beyond `unit`.
 */
export interface SpectralAxis {
  unit: number;
  /** Eigenvalues at the centres of the bins. */
  centers: number[];
  position(value: number): number;
}

const BINS = 120;
/** Width of the smoothing kernel in bins: point masses a few bins apart become one hump. */
const SMOOTHING = 2;
/** Eigenvalues below this share of the largest are shown as zero. */
const LINEAR_SHARE = 1e-4;

/** One axis for several spectra, so that they can be compared. */
export function spectralAxis(spectra: readonly Spectrum[]): SpectralAxis {
  const all = spectra.flatMap((s) => s.values);
  const largest = Math.max(...all.map(Math.abs)) || 1;
  const unit = LINEAR_SHARE * largest;
  const [lo, hi] = [Math.asinh(Math.min(0, ...all) / unit), Math.asinh(Math.max(0, ...all) / unit)];
  const air = 0.04 * (hi - lo || 1);
  const step = (hi - lo + 2 * air) / BINS;
  return {
    unit,
    centers: Array.from({ length: BINS }, (_, i) => unit * Math.sinh(lo - air + (i + 0.5) * step)),
    position: (value) => (Math.asinh(value / unit) - lo + air) / step - 0.5,
  };
}

/** Mass of the smoothed density in each bin of the axis; sums to 1. */
export function densityOn(axis: SpectralAxis, { values, weights }: Spectrum): number[] {
  const mass = axis.centers.map(() => 0);
  values.forEach((value, i) => {
    const at = axis.position(value);
    for (let bin = 0; bin < mass.length; bin++)
      mass[bin] += weights[i] * Math.exp(-0.5 * ((bin - at) / SMOOTHING) ** 2);
  });
  const total = mass.reduce((a, b) => a + b, 0);
  return mass.map((m) => m / total);
}

/**
 * Jensen-Shannon distance of two densities, base 2: 0 for equal ones, 1 for densities that do not overlap.
 */
export function jensenShannon(p: readonly number[], q: readonly number[]): number {
  let sum = 0;
  const part = (x: number, mean: number) => (x > 0 ? (x / 2) * Math.log2(x / mean) : 0);
  p.forEach((x, i) => {
    const mean = (x + q[i]) / 2;
    sum += part(x, mean) + part(q[i], mean);
  });
  return Math.sqrt(Math.max(0, sum));
}

export interface Heterogeneity {
  /** Mean Jensen-Shannon distance over all pairs of blocks; 0 with a single block. */
  distance: number;
  /** Distances by block: symmetric. */
  pairs: number[][];
  /**
   * Largest of the blocks' top eigenvalues over the smallest positive one; null without two positive ones.
   */
  topRatio: number | null;
}

/** How different the blocks of a Hessian are, as numbers. */
export function heterogeneity(blocks: readonly Spectrum[]): Heterogeneity {
  const axis = spectralAxis(blocks);
  const densities = blocks.map((block) => densityOn(axis, block));
  const pairs = densities.map((p) => densities.map((q) => jensenShannon(p, q)));
  const off = pairs.flatMap((row, i) => row.filter((_, j) => j > i));
  const tops = blocks.map((block) => Math.max(...block.values)).filter((top) => top > 0);
  return {
    distance: off.length > 0 ? off.reduce((a, b) => a + b, 0) / off.length : 0,
    pairs,
    topRatio: tops.length > 1 ? Math.max(...tops) / Math.min(...tops) : null,
  };
}

// Where sign descent stops speeding up, from the moments of a measured gradient:
// Theorem 1 of arXiv 2506.12543 gives coordinate i the drift erf(sqrt(B/2) |g_i| / sigma_i),
// linear in sqrt(B) at first and saturated once its argument passes 1.
import { erf } from '../core/erf.ts';

/** Mean and standard deviation of one-sequence gradients, coordinate by coordinate. */
export interface CoordinateMoments {
  mean: readonly number[];
  sd: readonly number[];
  /** How many coordinates of the model each stands for. */
  weight: readonly number[];
}

/**
 * First-order progress of sign descent at batch size B, as a share of what it would be without noise:
 * sum |g| erf(sqrt(B/2) |g| / sigma) / sum |g|. Null when no coordinate has a signal.
 */
export function signDrift({ mean, sd, weight }: CoordinateMoments, batchSize: number): number | null {
  let [drift, all] = [0, 0];
  mean.forEach((g, i) => {
    const size = weight[i] * Math.abs(g);
    all += size;
    drift += sd[i] > 0 ? size * erf((Math.sqrt(batchSize / 2) * Math.abs(g)) / sd[i]) : size;
  });
  return all > 0 ? drift / all : null;
}

/**
 * Drift share at the critical batch size: erf(1), where a lone coordinate's argument is 1,
 * so B* = 2 (sigma / g)^2.
 */
export const SATURATED = 0.8427007929497149;

/**
 * What a coordinate adds to the progress of sign descent at batch size B, when |g| / sigma
 * is `size` and sigma is 1.
 */
export const signProgress = (size: number, batchSize: number): number =>
  size * erf(Math.sqrt(batchSize / 2) * size);

/**
 * The batch size B* (in sequences, not rounded) at which `signDrift` reaches erf(1) = 84%.
 * Null when no coordinate has a signal.
 */
export function predictedCriticalBatch(moments: CoordinateMoments): number | null {
  const without = signDrift(moments, 0);
  if (without === null) return null;
  if (without >= SATURATED) return 0;
  // Bisection in the logarithm: the share is strictly monotone in B.
  let [lo, hi] = [-60, 200];
  for (let i = 0; i < 80; i++) {
    const middle = (lo + hi) / 2;
    if (signDrift(moments, 2 ** middle)! < SATURATED) lo = middle;
    else hi = middle;
  }
  return 2 ** hi;
}

// From measured gradients to a batch size: where sign descent (and Adam, which it stands for) stops speeding up.
import { UserError } from '../core/errors.ts';

/** Gradient moments of a group of coordinates that are alike: a layer, a bin of signal-to-noise, or a single coordinate. */
export interface GradientMoments {
  name?: string;
  /** Coordinates in the group. */
  count: number;
  /** Mean over them of the squared true gradient (noise taken off: it may not hold the noise of a finite batch). */
  meanSquare: number;
  /** Mean over them of the variance of one sample's gradient (one sequence, if batch sizes are in sequences). */
  variance: number;
}

export interface CriticalBatch {
  /** Batch size at which sign descent has erf(1) = 84% of the early speed that it has without noise: B*. */
  batchSize: number;
  /** Speed of sign descent at a batch size, as a share of that without noise. */
  efficiency(batchSize: number): number;
  /** d log efficiency / d log B: 1/2 far below B*, 0 far above. */
  exponent(batchSize: number): number;
  /** B* of every group by itself: 2 variance / meanSquare. */
  groups: { name: string; batchSize: number; share: number }[];
  /** tr(variance) / |gradient|^2 of all coordinates: the simple noise scale of McCandlish et al. (arXiv 1812.06162). */
  noiseScale: number;
}

/**
 * B* from gradient moments. By Theorem 1 of arXiv 2506.12543, sign descent moves coordinate i with speed
 * erf(sqrt(B/2) |g_i| / sigma_i), so its loss falls at the rate S(B) = sum_i |g_i| erf(sqrt(B/2) |g_i| / sigma_i), which grows like
 * sqrt(B) at first and is bounded by sum_i |g_i|. For one coordinate the argument of erf is 1 at B = 2 sigma^2 / g^2, where the
 * speed is erf(1) = 0.84 of its bound and grows half as steeply as at first (d log S / d log B = 0.246). For many coordinates B* is where S
 * is that share of its bound: unique, as S grows with B, the same for a single group, and weighing groups by what they
 * contribute. Within a group all |g_i| are taken as their root mean
 * square: finer groups, better prediction. Throws UserError for moments that are no moments, or when nothing is known of g or sigma.
 */
export function predictedCriticalBatch(moments: readonly GradientMoments[]): CriticalBatch {
  const groups = moments.map(checked).filter((group) => group.count > 0 && group.meanSquare > 0);
  if (groups.length === 0)
    throw new UserError('no group of coordinates has a gradient above its noise: measure with more samples');
  const speed = (batchSize: number) => {
    let total = 0;
    let derivative = 0;
    for (const { count, meanSquare, variance } of groups) {
      const g = Math.sqrt(meanSquare);
      if (variance === 0) {
        total += count * g;
        continue;
      }
      const u = Math.sqrt((batchSize * meanSquare) / (2 * variance));
      total += count * g * erf(u);
      // d erf(u) / d log B = (2 / sqrt(pi)) exp(-u^2) u / 2
      derivative += (count * g * u * Math.exp(-u * u)) / Math.sqrt(Math.PI);
    }
    return { total, exponent: derivative / total };
  };
  const most = groups.reduce((sum, { count, meanSquare }) => sum + count * Math.sqrt(meanSquare), 0);
  const target = erf(1) * most;
  const own = groups.map(({ meanSquare, variance }) => (2 * variance) / meanSquare);
  // The answer lies between the groups' own.
  let [low, high] = [Math.min(...own.filter((size) => size > 0)), Math.max(...own)];
  if (high === 0) [low, high] = [0, 0];
  for (let i = 0; i < 200 && high > low * (1 + 1e-12); i++) {
    const middle = Math.sqrt(low * high);
    if (speed(middle).total < target) low = middle;
    else high = middle;
  }
  const sum = (of: (group: GradientMoments) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  return {
    batchSize: Math.sqrt(low * high),
    efficiency: (batchSize) => speed(batchSize).total / most,
    exponent: (batchSize) => speed(batchSize).exponent,
    groups: groups.map(({ name, count, meanSquare }, i) => ({
      name: name ?? String(i),
      batchSize: own[i],
      share: (count * Math.sqrt(meanSquare)) / most,
    })),
    noiseScale:
      sum(({ count, variance }) => count * variance) / sum(({ count, meanSquare }) => count * meanSquare),
  };
}

function checked(group: GradientMoments): GradientMoments {
  const { name = 'group', count, meanSquare, variance } = group;
  if (!(Number.isFinite(count) && count >= 0))
    throw new UserError(`${name}: the number of coordinates must be at least 0, not ${count}`);
  if (!(Number.isFinite(variance) && variance >= 0))
    throw new UserError(`${name}: a variance is at least 0, not ${variance}`);
  // An unbiased estimate of a squared gradient may come out negative; it then says that nothing but noise was seen.
  if (!Number.isFinite(meanSquare))
    throw new UserError(`${name}: the mean squared gradient is ${meanSquare}`);
  return group;
}

/** Error function to 1e-15: its series for small arguments, a continued fraction (Lentz) for large ones. */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  // erfc(z) = exp(-z^2) / (sqrt(pi) (z + (1/2) / (z + (2/2) / (z + ...))))
  let tail = z;
  for (let n = 60; n >= 1; n--) tail = z + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * tail));
}

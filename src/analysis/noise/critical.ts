// B*, where sign descent moves at 84% of its speed without noise, from noisy means:
// an estimate without their bias, and all that the samples cannot rule out.
import { predictedCriticalBatch, SATURATED, signDrift, signProgress } from '../../theory/critical-batch.ts';
import { type CoordinateMeans, effectiveCoordinates } from './means.ts';
import type { SequenceCount } from './scale.ts';
import { type SignalDistribution, signalModel } from './signals.ts';

/** Quantile of the normal distribution: at a bound, the root of twice the loss of log-likelihood. */
const Z95 = 1.959963984540054;
/** To how much a bound is found. */
const CLOSE = { doublings: 0.1, share: 0.01 };

/** For predictions, which take moments: sigma is 1, sizes are |g| / sigma. */
const momentsOf = ({ sizes, shares }: SignalDistribution) => ({
  mean: sizes,
  sd: sizes.map(() => 1),
  weight: shares,
});

/** A number with its 95% interval. */
export interface Estimate {
  value: number | null;
  lo: number;
  hi: number;
}

/** The signals behind some noisy means: one coordinate at least. */
export function signalEstimates(means: CoordinateMeans) {
  const model = signalModel(means);
  const effective = effectiveCoordinates(means);
  const best = model.best(effective);
  const smooth = momentsOf(model.smooth(effective, best));
  const known = model.meanSquare > 0;

  /**
   * How many standard deviations it is from the best distribution to the nearest
   * with the share `drift` at `batchSize`: the share is (sum of progress) / (sum of sizes),
   * so that to have it is linear in the distribution.
   */
  const away = (batchSize: number, drift: number): number => {
    const fit = model.bestWith(effective, best, (size) => signProgress(size, batchSize) - drift * size);
    return fit ? Math.sqrt(2 * Math.max(0, best.likelihood - fit.likelihood)) : Number.POSITIVE_INFINITY;
  };

  return {
    /**
     * B* with its 95% interval by profile likelihood, over all distributions of signals. The upper
     * end is null where the samples do not tell the signal from one too small to matter at any batch size.
     */
    criticalBatch(): SequenceCount {
      const value = predictedCriticalBatch(smooth) ?? 1;
      // Beyond these nothing on the grid saturates, or everything does.
      const sizes = model.sizes.filter((size) => size > 0);
      const [low, high] = [2 / sizes[sizes.length - 1] ** 2, 2 / sizes[0] ** 2].map(Math.log2);
      const far = (doublings: number) => away(2 ** doublings, SATURATED);
      const at = Math.log2(value);
      const upper = bound(far, at, high, CLOSE.doublings);
      return {
        value: known ? value : null,
        lo: 2 ** bound(far, at, low, CLOSE.doublings),
        hi: upper === high ? null : 2 ** upper,
      };
    },

    /** Share of its noiseless speed at which sign descent moves at a batch size. */
    drift(batchSize: number): Estimate {
      const value = signDrift(smooth, batchSize) ?? 0;
      const far = (drift: number) => away(batchSize, drift);
      return {
        value: known ? value : null,
        lo: bound(far, value, 0, CLOSE.share),
        hi: bound(far, value, 1, CLOSE.share),
      };
    },
  };
}

/**
 * Where between `from` and `end` the distance `far` passes that of a 95% interval,
 * from outside to within `close`; `end` where it does not.
 */
function bound(far: (x: number) => number, from: number, end: number, close: number): number {
  const at = (x: number): Probe => ({ x, far: far(x) });
  const way = Math.sign(end - from);
  let inside: Probe = { x: from, far: 0 };
  let outside: Probe | undefined;
  for (let reach = 5 * close; !outside; reach *= 2) {
    const x = inside.x + way * reach;
    if ((end - x) * way <= close) return end;
    const next = at(x);
    if (next.far > Z95) outside = next;
    else inside = next;
  }
  while (Math.abs(outside.x - inside.x) > close) {
    // The distance is nearly linear.
    const share = Math.min(0.9, Math.max(0.1, (Z95 - inside.far) / (outside.far - inside.far)));
    const next: Probe = at(inside.x + share * (outside.x - inside.x));
    if (next.far > Z95) outside = next;
    else inside = next;
  }
  return outside.x;
}

interface Probe {
  x: number;
  far: number;
}

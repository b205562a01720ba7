// The gradient noise scale of McCandlish et al. (arXiv 1812.06162, appendix A.1) and how variance falls with batch size.
import { slope } from '../stats.ts';
import type { LayerVariance } from './meter.ts';

/** Unbiased estimates; their ratio is not, which is why each is smoothed for itself. */
export interface NoiseTerms {
  /** |G|^2, the squared norm of the true gradient: the denominator. Noise can make it negative. */
  signal: number;
  /** tr(Sigma), the variance of one sequence's gradient: the numerator. */
  noise: number;
}

/** From squared norms of the gradient at two batch sizes (equations A.2). */
export function noiseTerms(
  small: { batchSize: number; normSquared: number },
  big: { batchSize: number; normSquared: number },
): NoiseTerms {
  return {
    signal:
      (big.batchSize * big.normSquared - small.batchSize * small.normSquared) /
      (big.batchSize - small.batchSize),
    noise: (small.normSquared - big.normSquared) / (1 / small.batchSize - 1 / big.batchSize),
  };
}

/** B_simple = tr(Sigma) / |G|^2 in sequences; null where the signal is lost in the noise. */
export const simpleNoiseScale = ({ signal, noise }: NoiseTerms): number | null =>
  signal > 0 ? noise / signal : null;

/** Numerator and denominator smoothed apart over measurements, weights halving every `halfLife` of them. */
export function smoothTerms(series: readonly NoiseTerms[], halfLife: number): NoiseTerms[] {
  const keep = 0.5 ** (1 / halfLife);
  let [signal, noise, weight] = [0, 0, 0];
  return series.map((terms) => {
    signal = keep * signal + terms.signal;
    noise = keep * noise + terms.noise;
    weight = keep * weight + 1;
    return { signal: signal / weight, noise: noise / weight };
  });
}

/** Fewer mini-batches than this say too little about a variance. */
const LEAST_BATCHES = 8;

/** Exponent of the variance in the batch size, -1 for independent sequences, with its 95% interval; null without noise. */
export function varianceExponent(variances: readonly LayerVariance[]): ReturnType<typeof slope> {
  const used = variances.filter(({ batches, variance }) => batches >= LEAST_BATCHES && variance > 0);
  return slope(used.map(({ batchSize, variance }) => ({ x: Math.log(batchSize), y: Math.log(variance) })));
}

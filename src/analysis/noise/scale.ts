// The gradient noise scale of McCandlish et al. (arXiv 1812.06162, appendix A.1).

import { t95 } from '../../core/student.ts';
import { jackknifeError } from './jackknife.ts';
import { BLOCKS, type LayerSums } from './meter.ts';
import { pairMean } from './pairs.ts';
import { varianceWithin } from './variance.ts';

/** Unbiased estimates; their ratio is not, which is why each is smoothed for itself. */
export interface NoiseTerms {
  /** |G|^2, the squared norm of the true gradient: the denominator. Noise can make it negative. */
  signal: number;
  /** tr(Sigma), the variance of one sequence's gradient: the numerator. */
  noise: number;
}

/** The terms with their standard errors. */
export interface MeasuredTerms extends NoiseTerms {
  signalError: number;
  noiseError: number;
}

/** A number of sequences that may be without bound. */
export interface SequenceCount {
  /** Null where the signal is lost in the noise. */
  value: number | null;
  /**
   * 95% interval. `hi` is null when it has no upper end: the samples are too few
   * to tell the signal from none.
   */
  lo: number;
  hi: number | null;
}

const all = Array.from({ length: BLOCKS }, (_, block) => block);

/**
 * |G|^2 from the products of different blocks, whose noise is independent; tr(Sigma)
 * from the scatter of single sequences.
 */
export function noiseTerms(sums: LayerSums): MeasuredTerms {
  const { mean, error } = signalOf(sums);
  return {
    signal: mean,
    signalError: error,
    noise: varianceWithin(sums, 0, all),
    noiseError: jackknifeError(BLOCKS, (block) => noiseWithout(sums, block)),
  };
}

const signalOf = ({ products }: LayerSums) => pairMean(BLOCKS, (a, b) => products[a][b]);
const noiseWithout = (sums: LayerSums, block: number) =>
  varianceWithin(
    sums,
    0,
    all.filter((other) => other !== block),
  );

/** B_simple = tr(Sigma) / |G|^2 in sequences; null where the signal is lost in the noise. */
export const simpleNoiseScale = ({ signal, noise }: NoiseTerms): number | null =>
  signal > 0 ? noise / signal : null;

/**
 * The noise scale with its interval. It is the reciprocal that has a nearly unbiased estimate
 * with a symmetric error, signal over noise; where its interval holds zero, the noise scale has no upper end.
 */
export function noiseScale(sums: LayerSums): SequenceCount {
  const { signal, noise } = noiseTerms(sums);
  if (!(noise > 0)) return { value: simpleNoiseScale({ signal, noise }), lo: 0, hi: signal > 0 ? 0 : null };
  const ratio = signal / noise;
  // What a block adds to tr(Sigma), so that the errors of both terms are counted,
  // and what they have in common.
  const parts = all.map((block) => BLOCKS * noise - (BLOCKS - 1) * noiseWithout(sums, block));
  const { error, degrees } = pairMean(
    BLOCKS,
    (a, b) => sums.products[a][b] / noise - (ratio * (parts[a] + parts[b])) / 2 / noise,
  );
  const half = t95(degrees) * error;
  return {
    value: simpleNoiseScale({ signal, noise }),
    lo: 1 / (Math.max(0, ratio) + half),
    hi: ratio > half ? 1 / (ratio - half) : null,
  };
}

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

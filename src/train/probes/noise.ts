// Probe `noise`: is mini-batch noise what the theory takes it for (variance falling as 1/B, Gaussian),
// how large is it against the signal, and from which batch size on does sign descent gain nothing more?
import { coordinateStatistics, gaussianReference } from '../../analysis/noise/coordinates.ts';
import { signalEstimates } from '../../analysis/noise/critical.ts';
import { type CoordinateMeans, joinMeans } from '../../analysis/noise/means.ts';
import { createNoiseMeter, joinSums, type LayerSums } from '../../analysis/noise/meter.ts';
import { noiseScale, noiseTerms } from '../../analysis/noise/scale.ts';
import { layerVariances, varianceExponent } from '../../analysis/noise/variance.ts';
import { createRng } from '../../core/rng.ts';
import { parameters } from '../../model/parameters.ts';
import { defineProbe } from './probe.ts';
import { randomSequences } from './sequences.ts';

/** Name of all layers together. */
const WHOLE = 'all';

export const noise = defineProbe({
  name: 'noise',
  summary:
    'variance of mini-batch gradients by layer and batch size, tails, signal against noise, the noise scale and the predicted B*',
  source: 'McCandlish et al., arXiv 1812.06162; Theorem 1 of arXiv 2506.12543',
  options: {
    samples: {
      default: 256,
      why: 'gradients of single sequences; batch sizes up to a half of it are measured',
      min: 8,
      powerOfTwo: true,
    },
    coordinates: { default: 512, why: 'looked at singly in each layer: 100000 values for a tail', min: 1 },
  },
  show: {
    table: 'layers',
    columns: ['layer', 'exponent', 'kurtosis', 'noiseScale', 'criticalBatch'],
  },
  async measure(point, { samples, coordinates }) {
    const table = parameters(point.config.model);
    const { uniform } = createRng(point.config.seed, 'probe/noise');
    const meter = createNoiseMeter(table, { samples, coordinates, uniform });
    const gradient = new Float32Array(point.params.length);
    for (const sequence of randomSequences(point, samples)) {
      await point.breathe();
      await point.at.gradient(sequence, gradient);
      meter.add(gradient);
    }
    const { sums, coordinates: sampled } = meter.finish();
    const gaussian = gaussianReference(samples);
    const layers = [];
    const means: CoordinateMeans[] = [];
    for (const [i, { name, size }] of table.entries()) {
      await point.breathe();
      const { rows, indices } = sampled[i];
      const statistics = coordinateStatistics(rows, size / indices.length);
      means.push(statistics.means);
      const { kurtosis, tail, snr, snrQuartiles, silent } = statistics;
      layers.push({
        layer: name,
        size,
        ...exponentOf(sums[i]),
        kurtosis: kurtosis?.median ?? null,
        kurtosisLo: kurtosis?.ci95[0] ?? null,
        kurtosisHi: kurtosis?.ci95[1] ?? null,
        kurtosisGaussian: gaussian.kurtosis,
        hill: tail?.hill ?? null,
        hillError: tail?.hillError ?? null,
        hillGaussian: gaussian.hill,
        xi: tail?.xi ?? null,
        xiError: tail?.xiError ?? null,
        snr: snr?.value ?? null,
        snrLo: snr?.ci95[0] ?? null,
        snrHi: snr?.ci95[1] ?? null,
        snrQ1: snrQuartiles?.[0] ?? null,
        snrMedian: snrQuartiles?.[1] ?? null,
        snrQ3: snrQuartiles?.[2] ?? null,
        silent,
        ...noiseTerms(sums[i]),
        ...named('noiseScale', noiseScale(sums[i])),
        ...named('criticalBatch', criticalBatch(statistics.means)),
      });
    }
    const total = joinSums(sums);
    const everything = joinMeans(means);
    const estimates = everything.ratios.length > 0 ? signalEstimates(everything) : null;
    const drift = [];
    for (let k = 0; k < 17; k++) {
      await point.breathe();
      const share = estimates?.drift(2 ** k);
      drift.push({
        sequences: 2 ** k,
        drift: share?.value ?? null,
        driftLo: share?.lo ?? null,
        driftHi: share?.hi ?? null,
      });
    }
    return {
      layers,
      variance: [{ name: WHOLE, of: total }, ...table.map(({ name }, i) => ({ name, of: sums[i] }))].flatMap(
        ({ name, of }) =>
          layerVariances(of).map(({ batchSize, batches, variance, error, scaled, scaledError }) => ({
            layer: name,
            sequences: batchSize,
            batches,
            variance,
            varianceError: error,
            scaled,
            scaledError,
          })),
      ),
      total: [
        {
          ...noiseTerms(total),
          ...named('noiseScale', noiseScale(total)),
          ...exponentOf(total),
          ...named('criticalBatch', estimates?.criticalBatch() ?? nothing),
        },
      ],
      drift,
    };
  },
});

/** Where no coordinate moved there is nothing to estimate from. */
const nothing = { value: null, lo: null, hi: null };

const criticalBatch = (means: CoordinateMeans) =>
  means.ratios.length > 0 ? signalEstimates(means).criticalBatch() : nothing;

/** A number of sequences and the ends of its interval as three columns; an upper end that is null is none. */
const named = (name: string, { value, lo, hi }: { [end in 'value' | 'lo' | 'hi']: number | null }) => ({
  [name]: value,
  [`${name}Lo`]: lo,
  [`${name}Hi`]: hi,
});

function exponentOf(sums: LayerSums) {
  const found = varianceExponent(sums);
  return {
    exponent: found?.exponent ?? null,
    exponentLo: found?.ci95[0] ?? null,
    exponentHi: found?.ci95[1] ?? null,
  };
}

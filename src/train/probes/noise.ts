// Probe `noise`: is mini-batch noise what the theory takes it for (variance falling as 1/B, Gaussian), how large is it
// against the signal, and from which batch size on does sign descent gain nothing more?
import { coordinateStatistics, gaussianTail, joinMoments } from '../../analysis/noise/coordinates.ts';
import { createNoiseMeter, type LayerVariance } from '../../analysis/noise/meter.ts';
import { noiseTerms, simpleNoiseScale, varianceExponent } from '../../analysis/noise/scale.ts';
import { createRng } from '../../core/rng.ts';
import { parameters } from '../../model/parameters.ts';
import { predictedCriticalBatch, signDrift } from '../../theory/critical-batch.ts';
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
    columns: ['layer', 'size', 'exponent', 'kurtosis', 'hill', 'snr', 'noiseScale', 'criticalBatch'],
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
    const { variances, coordinates: sampled } = meter.finish();
    const statistics = sampled.map(({ rows, indices }, i) =>
      coordinateStatistics(rows, table[i].size / indices.length),
    );
    const gaussian = gaussianTail(samples)?.hill ?? null;
    const total = sumOf(variances);
    const everything = joinMoments(statistics.map((s) => s.moments));
    const scaleOf = (levels: LayerVariance[]) => noiseTerms(levels[0], levels[levels.length - 1]);
    return {
      layers: table.map(({ name, size }, i) => {
        const { kurtosis, tail, snr, snrQuartiles, silent, moments } = statistics[i];
        const exponent = varianceExponent(variances[i]);
        const terms = scaleOf(variances[i]);
        return {
          layer: name,
          size,
          exponent: exponent?.slope ?? null,
          exponentLo: exponent?.ci95?.[0] ?? null,
          exponentHi: exponent?.ci95?.[1] ?? null,
          kurtosis,
          hill: tail?.hill ?? null,
          hillError: tail?.hillError ?? null,
          hillGaussian: gaussian,
          xi: tail?.xi ?? null,
          xiError: tail?.xiError ?? null,
          snr,
          snrQ1: snrQuartiles?.[0] ?? null,
          snrMedian: snrQuartiles?.[1] ?? null,
          snrQ3: snrQuartiles?.[2] ?? null,
          silent,
          ...terms,
          noiseScale: simpleNoiseScale(terms),
          criticalBatch: predictedCriticalBatch(moments),
        };
      }),
      variance: [
        { name: WHOLE, levels: total },
        ...table.map(({ name }, i) => ({ name, levels: variances[i] })),
      ].flatMap(({ name, levels }) =>
        levels.map(({ batchSize, batches, variance }) => ({
          layer: name,
          sequences: batchSize,
          batches,
          variance,
          scaled: levels[0].variance > 0 ? (variance * batchSize) / levels[0].variance : null,
        })),
      ),
      total: [
        {
          ...scaleOf(total),
          noiseScale: simpleNoiseScale(scaleOf(total)),
          exponent: varianceExponent(total)?.slope ?? null,
          criticalBatch: predictedCriticalBatch(everything),
        },
      ],
      drift: Array.from({ length: 17 }, (_, k) => ({
        sequences: 2 ** k,
        drift: signDrift(everything, 2 ** k),
      })),
    };
  },
});

/** Variances and squared norms of all layers together. */
const sumOf = (layers: LayerVariance[][]): LayerVariance[] =>
  layers[0].map(({ batchSize, batches }, level) => ({
    batchSize,
    batches,
    variance: layers.reduce((sum, levels) => sum + levels[level].variance, 0),
    normSquared: layers.reduce((sum, levels) => sum + levels[level].normSquared, 0),
  }));

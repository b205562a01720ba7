// Noise statistics against samples whose distribution is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, type Rng } from '../../core/rng.ts';
import { coordinateStatistics, gaussianReference } from './coordinates.ts';
import { joinMeans } from './means.ts';
import { createNoiseMeter, joinSums } from './meter.ts';
import { noiseScale, noiseTerms, simpleNoiseScale, smoothTerms } from './scale.ts';
import { excessKurtosis, tailIndex } from './tail.ts';
import { layerVariances, varianceExponent } from './variance.ts';

const close = (a: number, b: number, by: number) => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
const rng = (name: string) => createRng(1, name);
const sample = (n: number, draw: () => number) => Float64Array.from({ length: n }, draw);
const normals = (r: Rng, n: number) => sample(n, r.normal);

test('excess kurtosis: 0 for Gaussian, -1.2 for uniform, 3 for Laplace; unbiased in small samples', () => {
  const r = rng('kurtosis');
  close(excessKurtosis(normals(r, 50000))!, 0, 0.1);
  close(excessKurtosis(sample(50000, r.uniform))!, -1.2, 0.05);
  const laplace = () => Math.log(1 - r.uniform()) * (r.uniform() < 0.5 ? 1 : -1);
  close(excessKurtosis(sample(200000, laplace))!, 3, 0.3);
  const small = Array.from({ length: 4000 }, () => excessKurtosis(normals(r, 10))!);
  close(small.reduce((a, b) => a + b) / small.length, 0, 0.08);
  assert.equal(excessKurtosis([1, 2, 3]), null);
  assert.equal(excessKurtosis([2, 2, 2, 2]), null);
});

test('tail index: Pareto has its own, a Gaussian no heavy tail, a uniform a bounded one', () => {
  const r = rng('tail');
  const pareto = sample(20000, () => (1 - r.uniform()) ** (-1 / 1.5) * (r.uniform() < 0.5 ? 1 : -1));
  const heavy = tailIndex(pareto)!;
  close(heavy.hill, 1.5, 3 * heavy.hillError);
  close(1 / heavy.xi, 1.5, 0.2);
  const gaussian = tailIndex(normals(r, 100000))!;
  // 1 / E[log(|x| / u) | |x| > u] at the 95% quantile u = 1.96 is 6.00, by numerical integration.
  close(gaussian.hill, 6, 0.2);
  // Gaussian maxima approach Gumbel's law slowly, from below.
  assert.ok(gaussian.xi < 0.02 && gaussian.xi > -0.25, `${gaussian.xi}`);
  assert.ok(tailIndex(sample(20000, () => 2 * r.uniform() - 1))!.xi < -0.7);
  assert.equal(tailIndex([1, 2, 3]), null);
  assert.equal(tailIndex(new Float64Array(100)), null);
  assert.equal(tailIndex(new Float64Array(100).fill(1)), null);
});

const layers = [
  { name: 'quiet', offset: 0, size: 40 },
  { name: 'loud', offset: 40, size: 60 },
];

/** Gradients of mean 0.1 everywhere, with standard deviation 1 in the first layer and 3 in the second. */
function measured(samples: number, shared = 0) {
  const r = rng('meter');
  const meter = createNoiseMeter(layers, { samples, coordinates: 16, uniform: r.uniform });
  const all: Float32Array[] = [];
  for (let k = 0; k < samples; k++) {
    const common = shared * r.normal();
    all.push(Float32Array.from({ length: 100 }, (_, i) => 0.1 + common + (i < 40 ? 1 : 3) * r.normal()));
    meter.add(all[k]);
  }
  return { ...meter.finish(), all };
}

test('variance by layer and batch size falls as 1 / B, and the mean is the mean', () => {
  const { mean, sums, coordinates, all } = measured(1024);
  for (const i of [0, 50, 99]) close(mean[i], all.reduce((sum, g) => sum + g[i], 0) / 1024, 1e-6);
  const variances = sums.map(layerVariances);
  assert.deepEqual(
    variances[0].map(({ batchSize, batches }) => [batchSize, batches]),
    Array.from({ length: 10 }, (_, k) => [2 ** k, 1024 / 2 ** k]),
  );
  close(variances[0][0].variance, 40, 2);
  close(variances[1][0].variance, 540, 25);
  close(variances[1][4].variance * 16, 540, 120);
  // A sum of 60 squares of normals, 1024 times: 540 sqrt(2 / 60 / 1024) = 3.1; two batches of 512:
  // 540 / 512 sqrt(2 / 60).
  close(variances[1][0].error, 3.1, 2);
  close(variances[1][9].error / variances[1][9].variance, Math.sqrt(2 / 60), 0.06);
  for (const layer of sums) {
    const { exponent, ci95 } = varianceExponent(layer)!;
    close(exponent, -1, 0.03);
    assert.ok(ci95[0] < -1 && ci95[1] > -1 && ci95[1] - ci95[0] < 0.1, `${ci95}`);
  }
  assert.equal(coordinates[1].rows.length, 1024);
  coordinates[1].indices.forEach((at, i) => assert.equal(coordinates[1].rows[7][i], all[7][at]));
  assert.ok(coordinates[1].indices.every((at) => at >= 40 && at < 100));
  assert.equal(new Set(coordinates[0].indices).size, 16);
});

test('the variance is exactly that of the mini-batches, at every batch size, and layers add up', () => {
  const { sums, all } = measured(32);
  const variances = layerVariances(sums[1]);
  const together = layerVariances(joinSums(sums));
  for (const [level, { variance, batches }] of variances.entries()) {
    const batch = (k: number) => all.slice(k * 2 ** level, (k + 1) * 2 ** level);
    const expected = (from: number) => {
      let total = 0;
      for (let i = from; i < 100; i++) {
        const means = Array.from(
          { length: batches },
          (_, k) => batch(k).reduce((sum, g) => sum + g[i], 0) / 2 ** level,
        );
        const mean = means.reduce((sum, x) => sum + x, 0) / batches;
        total += means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (batches - 1);
      }
      return total;
    };
    close(variance / expected(40), 1, 1e-5);
    close(together[level].variance / expected(0), 1, 1e-5);
  }
});

test('a small variance beside a large mean keeps its digits', () => {
  const r = rng('offset');
  const noise = Array.from({ length: 256 }, () => Float32Array.from({ length: 100 }, r.normal));
  const variancesAt = (offset: number) => {
    const meter = createNoiseMeter([{ name: 'all', offset: 0, size: 100 }], {
      samples: 256,
      coordinates: 1,
      uniform: r.uniform,
    });
    // Powers of two, so that the sum is exact.
    for (const x of noise) meter.add(x.map((value) => offset + Math.round(value * 2 ** 6) / 2 ** 6));
    return layerVariances(meter.finish().sums[0]).map(({ variance }) => variance);
  };
  const [near, far] = [variancesAt(0), variancesAt(2 ** 14)];
  for (const [i, variance] of near.entries()) close(far[i] / variance, 1, 1e-4);
});

test('a wrong number of gradients is refused', () => {
  const meter = createNoiseMeter(layers, { samples: 8, coordinates: 2, uniform: Math.random });
  assert.throws(() => meter.finish(), RangeError);
  for (const samples of [4, 24])
    assert.throws(
      () => createNoiseMeter(layers, { samples, coordinates: 2, uniform: Math.random }),
      RangeError,
    );
});

test('the noise scale is tr(Sigma) / |G|^2, its terms unbiased and with their errors', () => {
  const terms = noiseTerms(measured(1024).sums[1]);
  close(terms.noise, 540, 3 * terms.noiseError);
  close(terms.signal, 0.6, 3 * terms.signalError);
  // Over many measurements, the error is the scatter: 2 tr(Sigma^2) / n^2 and 4 G'
  // Sigma G / n are 2 40 / 64^2 + 4 0.4 / 64.
  const r = rng('signal error');
  const many = Array.from({ length: 200 }, () => {
    const meter = createNoiseMeter([layers[0]], { samples: 64, coordinates: 1, uniform: r.uniform });
    for (let k = 0; k < 64; k++) meter.add(Float32Array.from({ length: 40 }, () => 0.1 + r.normal()));
    return noiseTerms(meter.finish().sums[0]);
  });
  const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  close(mean(many.map(({ signal }) => signal)), 0.4, 0.05);
  close(Math.sqrt(mean(many.map(({ signal }) => (signal - 0.4) ** 2))), Math.hypot(0.14, 0.158), 0.04);
  close(Math.sqrt(mean(many.map(({ signalError }) => signalError ** 2))), Math.hypot(0.14, 0.158), 0.04);
  const scale = noiseScale(measured(1024).sums[1]);
  assert.ok(scale.lo < 900 && (scale.hi ?? 900) >= 900, `${scale.lo} to ${scale.hi}`);
  close(simpleNoiseScale({ signal: 3, noise: 8 })!, 8 / 3, 1e-12);
  assert.equal(simpleNoiseScale({ signal: -1, noise: 2 }), null);
});

test('numerator and denominator are smoothed apart', () => {
  const series = [
    { signal: 1, noise: 10 },
    { signal: -0.5, noise: 30 },
  ];
  const smooth = smoothTerms(series, 1);
  assert.deepEqual(smooth[0], series[0]);
  close(smooth[1].signal, (0.5 * 1 - 0.5) / 1.5, 1e-12);
  close(smooth[1].noise, (0.5 * 10 + 30) / 1.5, 1e-12);
});

test('signal to noise: sampling error of the mean is taken out', () => {
  const r = rng('snr');
  const signals = Array.from({ length: 4000 }, () => r.normal());
  const rows = (signal: number, samples = 64) =>
    Array.from({ length: samples }, () =>
      Float32Array.from({ length: 4000 }, (_, i) => 2 * (r.normal() + signal * signals[i])),
    );
  const strong = coordinateStatistics(rows(0.2), 3);
  close(strong.snr!.value, 0.2, 0.015);
  assert.ok(strong.snr!.ci95[0] < 0.2 && strong.snr!.ci95[1] > 0.2, `${strong.snr!.ci95}`);
  assert.ok(strong.snr!.ci95[1] - strong.snr!.ci95[0] < 0.04, `${strong.snr!.ci95}`);
  // The median of a skewed estimate is below its mean, which is 0.
  const gaussian = gaussianReference(64);
  close(strong.kurtosis!.median, gaussian.kurtosis!, 0.05);
  assert.ok(strong.kurtosis!.ci95[0] < gaussian.kurtosis! && strong.kurtosis!.ci95[1] > gaussian.kurtosis!);
  close(strong.tail!.hill, gaussian.hill!, 4 * strong.tail!.hillError);
  const { ratios, weights } = strong.means;
  close(ratios.reduce((sum, x) => sum + x * x, 0) / 4000, 1 + 64 * 0.04, 0.3);
  close(weights[0] / 6, 1, 0.4);
  // Nothing but noise: the raw ratio is 1 / 8.
  const none = coordinateStatistics(rows(0), 1);
  assert.ok(none.snr!.value < 0.04 && none.snr!.ci95[0] === 0);
  close(none.snrQuartiles![1], 0.67 / 8, 0.01);
});

test('errors of the tail are those of sequences, not of values, when coordinates go together', () => {
  const r = rng('common');
  // Every sequence has a size of its own, of heavy tail.
  const rows = Array.from({ length: 64 }, () => {
    const size = (1 - r.uniform()) ** (-1 / 2);
    return Float32Array.from({ length: 500 }, () => size * r.normal());
  });
  const tail = coordinateStatistics(rows, 1).tail!;
  assert.ok(tail.hillError > 2 * (tail.hill / Math.sqrt(tail.order)), `${tail.hillError}`);
});

test('coordinates that never move are left out and counted', () => {
  const rows = Array.from({ length: 8 }, (_, k) => Float32Array.of(0, k, 0, -k));
  const { silent, means } = coordinateStatistics(rows, 1);
  assert.equal(silent, 0.5);
  assert.equal(means.ratios.length, 2);
  const both = joinMeans([means, means]);
  assert.deepEqual([both.ratios.length, both.weights.length, both.blocks[7].length], [4, 4, 4]);
  const all = coordinateStatistics(
    [0, 0, 0, 0].map((x) => Float32Array.of(x)),
    1,
  );
  assert.deepEqual(
    [all.silent, all.snr, all.kurtosis, all.tail, all.snrQuartiles],
    [1, null, null, null, null],
  );
});

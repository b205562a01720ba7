// Noise statistics against samples whose distribution is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, type Rng } from '../../core/rng.ts';
import { coordinateStatistics, gaussianTail, joinMoments } from './coordinates.ts';
import { createNoiseMeter } from './meter.ts';
import { noiseTerms, simpleNoiseScale, smoothTerms, varianceExponent } from './scale.ts';
import { excessKurtosis, tailIndex } from './tail.ts';

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
  const { mean, variances, coordinates, all } = measured(1024);
  for (const i of [0, 50, 99]) close(mean[i], all.reduce((sum, g) => sum + g[i], 0) / 1024, 1e-6);
  assert.deepEqual(
    variances[0].map(({ batchSize, batches }) => [batchSize, batches]),
    Array.from({ length: 10 }, (_, k) => [2 ** k, 1024 / 2 ** k]),
  );
  close(variances[0][0].variance, 40, 2);
  close(variances[1][0].variance, 540, 25);
  close(variances[1][4].variance * 16, 540, 120);
  for (const layer of variances) {
    const { slope, ci95 } = varianceExponent(layer)!;
    close(slope, -1, 0.06);
    assert.ok(ci95![0] < ci95![1]);
  }
  assert.equal(coordinates[1].rows.length, 1024);
  coordinates[1].indices.forEach((at, i) => assert.equal(coordinates[1].rows[7][i], all[7][at]));
  assert.ok(coordinates[1].indices.every((at) => at >= 40 && at < 100));
  assert.equal(new Set(coordinates[0].indices).size, 16);
});

test('the variance is exactly that of the mini-batches', () => {
  const { variances, all } = measured(8);
  const means = [0, 2, 4, 6].map((k) => all[k].map((x, i) => (x + all[k + 1][i]) / 2));
  let expected = 0;
  for (let i = 40; i < 100; i++) {
    const mean = means.reduce((sum, g) => sum + g[i], 0) / 4;
    expected += means.reduce((sum, g) => sum + (g[i] - mean) ** 2, 0) / 3;
  }
  close(variances[1][1].variance, expected, 1e-3);
});

test('a wrong number of gradients is refused', () => {
  const meter = createNoiseMeter(layers, { samples: 4, coordinates: 2, uniform: Math.random });
  assert.throws(() => meter.finish(), RangeError);
  assert.throws(
    () => createNoiseMeter(layers, { samples: 6, coordinates: 2, uniform: Math.random }),
    RangeError,
  );
});

test('the noise scale is tr(Sigma) / |G|^2', () => {
  const { variances } = measured(1024);
  const [small, big] = [variances[1][0], variances[1][9]];
  const terms = noiseTerms(small, big);
  close(terms.noise, 540, 40);
  close(terms.signal, 0.6, 1.2);
  // Exactly: E|g_B|^2 = |G|^2 + tr / B.
  const exact = noiseTerms(
    { batchSize: 2, normSquared: 3 + 8 / 2 },
    { batchSize: 32, normSquared: 3 + 8 / 32 },
  );
  close(exact.signal, 3, 1e-12);
  close(exact.noise, 8, 1e-12);
  close(simpleNoiseScale(exact)!, 8 / 3, 1e-12);
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
  close(strong.snr, 0.2, 0.015);
  close(strong.kurtosis!, 0, 0.2);
  close(strong.tail!.hill, gaussianTail(64)!.hill, 0.3);
  const { mean, sd, weight } = strong.moments;
  close(Math.sqrt(mean.reduce((sum, m, i) => sum + (m / sd[i]) ** 2, 0) / mean.length), 0.2, 0.01);
  assert.equal(weight[0], 3);
  // Nothing but noise: the raw ratio is 1 / 8.
  const none = coordinateStatistics(rows(0), 1);
  assert.ok(none.snr < 0.04);
  assert.ok(none.moments.mean.reduce((sum, m) => sum + m * m, 0) / 4000 < 4 * 0.002);
  close(none.snrQuartiles![1], 0.67 / 8, 0.01);
});

test('coordinates that never move are left out and counted', () => {
  const rows = Array.from({ length: 8 }, (_, k) => Float32Array.of(0, k, 0, -k));
  const { silent, moments } = coordinateStatistics(rows, 1);
  assert.equal(silent, 0.5);
  assert.equal(moments.mean.length, 2);
  assert.equal(joinMoments([moments, moments]).sd.length, 4);
  const all = coordinateStatistics(
    [Float32Array.of(0), Float32Array.of(0), Float32Array.of(0), Float32Array.of(0)],
    1,
  );
  assert.deepEqual([all.silent, all.snr, all.kurtosis, all.tail, all.snrQuartiles], [1, 0, null, null, null]);
});

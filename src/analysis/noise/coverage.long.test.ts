// Do 95% intervals hold the truth in about 95% of cases? Simulated gradients whose exponent,
// noise scale and B* are known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../core/rng.ts';
import { covered, laws, medianRatio, trialsOf } from './critical.testing.ts';
import { createNoiseMeter } from './meter.ts';
import { noiseScale } from './scale.ts';
import { varianceExponent } from './variance.ts';

const SAMPLES = 256;
const inside = (truth: number, lo: number, hi: number | null) =>
  lo <= truth && truth <= (hi ?? Number.POSITIVE_INFINITY);
const share = (list: readonly boolean[]) => list.filter(Boolean).length / list.length;
const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

test('exponent of the variance: Gaussian sequences, sequences of unequal size, few and many directions', () => {
  const { normal, uniform } = createRng(1, 'coverage exponent');
  for (const { dim, spread } of [
    { dim: 100, spread: 0 },
    { dim: 20, spread: 0 },
    { dim: 20, spread: 0.8 },
  ]) {
    const covered = Array.from({ length: 400 }, () => {
      const meter = createNoiseMeter([{ name: 'all', offset: 0, size: dim }], {
        samples: SAMPLES,
        coordinates: 1,
        uniform,
      });
      for (let k = 0; k < SAMPLES; k++) {
        const size = Math.exp(spread * normal());
        meter.add(Float32Array.from({ length: dim }, (_, i) => 0.1 + size * (1 + (i % 3)) * normal()));
      }
      const { ci95 } = varianceExponent(meter.finish().sums[0])!;
      return inside(-1, ...ci95);
    });
    // Binomial: two standard deviations of 400 are 2.2%.
    assert.ok(share(covered) > 0.92 && share(covered) < 0.99, `${dim}, ${spread}: ${share(covered)}`);
  }
});

test('noise scale: from a strong signal to one that no sample shows', () => {
  const { normal, uniform } = createRng(2, 'coverage scale');
  const dim = 100;
  for (const signal of [0.5, 0.1, 0.03]) {
    const found = Array.from({ length: 300 }, () => {
      const meter = createNoiseMeter([{ name: 'all', offset: 0, size: dim }], {
        samples: SAMPLES,
        coordinates: 1,
        uniform,
      });
      for (let k = 0; k < SAMPLES; k++)
        meter.add(Float32Array.from({ length: dim }, (_, i) => signal + (1 + (i % 3)) * normal()));
      return noiseScale(meter.finish().sums[0]);
    });
    // 34 of 1, 33 of 4, 33 of 9.
    const truth = (34 + 33 * 4 + 33 * 9) / (dim * signal ** 2);
    const covered = share(found.map(({ lo, hi }) => inside(truth, lo, hi)));
    assert.ok(covered > 0.91, `${signal}: ${covered}`);
    const unbounded = share(found.map(({ hi }) => hi === null));
    if (signal === 0.5) assert.equal(unbounded, 0);
    if (signal === 0.03) assert.ok(unbounded > 0.6, `${unbounded}`);
    if (signal > 0.05) assert.ok(Math.abs(median(found.map(({ value }) => value!)) / truth - 1) < 0.15);
  }
});

test('B* from 256 sequences, for signals of any distribution: unbiased, and covered', () => {
  for (const law of Object.keys(laws))
    for (const size of [0.1, 0.05, 0.02]) {
      const trials = trialsOf(law, size, { samples: SAMPLES, width: 600, trials: 30 });
      assert.ok(covered(trials) >= 0.9, `${law} ${size}: ${covered(trials)}`);
      const ratio = medianRatio(trials);
      assert.ok(ratio > 0.7 && ratio < 1.4, `${law} ${size}: ${ratio}`);
    }
});

test('B* where the noise of all coordinates has a part in common', () => {
  for (const size of [0.1, 0.03]) {
    const trials = trialsOf('normal', size, { samples: SAMPLES, width: 600, trials: 40, common: 0.1 });
    assert.ok(covered(trials) >= 0.9, `${size}: ${covered(trials)}`);
  }
});

// B* from noisy means against made-up gradients whose B* is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../core/rng.ts';
import { predictedCriticalBatch, signDrift } from '../../theory/critical-batch.ts';
import { coordinateStatistics } from './coordinates.ts';
import { covered, medianRatio, trialsOf } from './critical.testing.ts';
import { signalEstimates } from './critical.ts';
import { effectiveCoordinates } from './means.ts';

test('from 256 sequences: about 250, 1000 and 6000 come out as that, within their intervals', () => {
  for (const { size, near, within } of [
    { size: 0.1, near: 245, within: 0.15 },
    { size: 0.05, near: 980, within: 0.25 },
    { size: 0.02, near: 6120, within: 0.6 },
  ]) {
    const trials = trialsOf('normal', size, { samples: 256, width: 1000, trials: 9 });
    const { truth } = trials[0];
    assert.ok(Math.abs(truth / near - 1) < 0.1, `${truth}`);
    assert.ok(Math.abs(medianRatio(trials) - 1) < within, `${truth}: ${medianRatio(trials)}`);
    assert.ok(covered(trials) >= 8 / 9, `${truth}: ${covered(trials)}`);
  }
});

test('the interval narrows with samples, and has no upper end where they are too few', () => {
  const of = (samples: number) => trialsOf('normal', 0.1, { samples, width: 400, trials: 1 })[0].found;
  const [few, some, many] = [16, 256, 2048].map(of);
  assert.equal(few.hi, null);
  const width = ({ lo, hi }: typeof many) => hi! / lo;
  assert.ok(width(many) < 0.75 * width(some), `${width(some)}, ${width(many)}`);
  assert.ok(many.value! > many.lo && many.value! < many.hi!);
});

test('equal signals far above the noise: B* = 2 (sigma / g)^2, closely', () => {
  const [{ found }] = trialsOf('equal', 1, { samples: 256, width: 400, trials: 1 });
  assert.ok(Math.abs(found.value! - 2) < 0.1, `${found.value}`);
  assert.ok(found.lo < 2 && found.hi! > 2 && found.hi! / found.lo < 1.3, `${found.lo} to ${found.hi}`);
});

test('without signal there is no B*, whatever the seed, but a least one', () => {
  const trials = trialsOf('normal', 1e-9, { samples: 64, width: 400, trials: 10 });
  for (const { found } of trials) {
    assert.equal(found.hi, null);
    assert.ok(found.lo > 1);
  }
  assert.ok(trials.some(({ found }) => found.value === null));
});

test('the share at a batch size is within its interval, from none to all', () => {
  const r = createRng(7, 'drift');
  const mean = Array.from({ length: 600 }, () => 0.1 * r.normal());
  const rows = Array.from({ length: 256 }, () => Float32Array.from(mean, (g) => g + r.normal()));
  const estimates = signalEstimates(coordinateStatistics(rows, 1).means);
  for (const batchSize of [1, 16, 256, 4096, 65536]) {
    const truth = signDrift({ mean, sd: mean.map(() => 1), weight: mean.map(() => 1) }, batchSize)!;
    const { value, lo, hi } = estimates.drift(batchSize);
    assert.ok(
      lo <= truth && truth <= hi && lo <= value! && value! <= hi,
      `${batchSize}: ${lo} ${value} ${hi}`,
    );
    assert.ok(hi - lo < 0.35 && lo >= 0 && hi <= 1, `${batchSize}: ${lo} to ${hi}`);
  }
  const found = estimates.criticalBatch();
  assert.ok(
    Math.abs(
      found.value! / predictedCriticalBatch({ mean, sd: mean.map(() => 1), weight: mean.map(() => 1) })! - 1,
    ) < 0.3,
  );
});

test('coordinates that go together are worth fewer, unequal weights too', () => {
  const r = createRng(8, 'effective');
  const worth = (common: number, weights = (_: number) => 1) => {
    const rows = Array.from({ length: 256 }, () => {
      const all = r.normal();
      return Float32Array.from(
        { length: 400 },
        () => Math.sqrt(1 - common) * r.normal() + Math.sqrt(common) * all,
      );
    });
    const { means } = coordinateStatistics(rows, 1);
    return effectiveCoordinates({ ...means, weights: means.weights.map((_, i) => weights(i)) });
  };
  const alone = worth(0);
  assert.ok(alone > 250 && alone <= 400.001, `${alone}`);
  // Correlation .3 between any two: 400 / (1 + 399 .09) = 11.
  const common = worth(0.3);
  assert.ok(common > 6 && common < 20, `${common}`);
  // One in a hundred weighs 100: (4 100 + 396)^2 / (4 100^2 + 396) = 15.7.
  const heavy = worth(0, (i) => (i % 100 === 0 ? 100 : 1));
  assert.ok(heavy > 10 && heavy < 15.8, `${heavy}`);
});

// Drift: the step is what Theorem 1 says of a sign's mean, from noise where batches
// are small to a sign where they are large.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { erf } from '../core/erf.ts';
import { createRng } from '../core/rng.ts';
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';

/** Steps at learning rate 1 along `gradients`, in float64. */
function steps(
  gradients: readonly (readonly number[])[],
  options: Record<string, number> = {},
  name = 'drift',
): number[][] {
  const hyper = resolveHyper(name, options);
  const count = gradients[0].length;
  const param = new Array<number>(count).fill(0);
  const state = referenceState(optimizer(name), hyper, count);
  return gradients.map((grad, step) => {
    const before = [...param];
    const tokens = { seen: 64 * step, now: 64 };
    referenceStep(optimizer(name), hyper, { param, grad, state, lr: 1, step, tokens });
    return before.map((p, i) => p - param[i]);
  });
}
const last = <T>(list: readonly T[]): T => list[list.length - 1];
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test('a gradient without noise gives its sign, whatever its size', () => {
  const u = last(steps(new Array(30).fill([1, -1e-3, 100, 0])));
  for (const [i, sign] of [1, -1, 1, 0].entries()) assert.ok(Math.abs(u[i] - sign) < 1e-3, `${u}`);
});

test('by hand: mean and spread of two gradients', () => {
  // beta1 = beta2 = .5: m = .25 * 3 + .5 * 1 = 1.25 of .75, v = .25 * 9 + .5 * 1 = 2.75 of .75.
  const [M, V] = [1.25 / 0.75, 2.75 / 0.75];
  const [, [u]] = steps([[3], [1]], { beta1: 0.5, beta2: 0.5 });
  const y = M / Math.sqrt(V);
  assert.ok(Math.abs(u - (Math.sqrt(2 / Math.PI) * y + y ** 3 / 3)) < 1e-7);
});

test('wherever mean and spread are, the step is the drift of Theorem 1 within .016', () => {
  let worst = 0;
  for (let y = 0.001; y < 1; y += 0.001) {
    // Two gradients, the second of 1, with y = M / sqrt(V): all y are met between -1 and 1.
    const first = (1 - y) / y;
    const [[, u]] = [steps([[first], [1]], { beta1: 0.5, beta2: 0.5 }).map(([step]) => step)];
    const [M, V] = [(0.25 * first + 0.5) / 0.75, (0.25 * first ** 2 + 0.5) / 0.75];
    worst = Math.max(worst, Math.abs(u - erf(M / Math.sqrt(2 * (V - M * M)))));
  }
  assert.ok(worst > 0.015 && worst < 0.016, String(worst));
});

for (const snr of [0.02, 0.1, 0.5, 1, 2])
  test(`signal ${snr} times the noise of a batch: on average the drift of Theorem 1`, () => {
    const { normal } = createRng(1, 'drift');
    const count = 3000;
    const sd = Array.from({ length: count }, (_, i) => 2 ** ((i % 9) - 4));
    const gradients = Array.from({ length: 300 }, () => sd.map((s) => s * (snr + normal())));
    // Long averages: what they miss is their own noise.
    const found = mean(last(steps(gradients, { beta1: 0.99, beta2: 0.99 })));
    const expected = erf(snr / Math.SQRT2);
    assert.ok(Math.abs(found - expected) < 0.01, `${found} against ${expected}`);
  });

test('of noise alone it makes shorter steps than signs do, in any coordinate', () => {
  const { normal } = createRng(2, 'noise');
  const gradients = Array.from({ length: 200 }, () =>
    Array.from({ length: 1000 }, (_, i) => normal() * 10 ** (i % 3)),
  );
  const length = (u: readonly number[]) => Math.sqrt(mean(u.map((x) => x * x)));
  const ours = length(last(steps(gradients)));
  assert.equal(length(last(steps(gradients, {}, 'signum'))), 1);
  // sqrt(2 / pi) times the spread of the momentum, sqrt((1 - beta) / (1 + beta)) = .16,
  // and a little for the noise of the noise.
  assert.ok(ours > 0.12 && ours < 0.16, String(ours));
});

test('what is seldom and large counts by its mean if the noise is averaged over many of its occurrences', () => {
  // A gradient of 100 in every 200th step, -.4 in the others: .1 on average.
  const gradients = Array.from({ length: 6000 }, (_, i) => [i % 200 === 0 ? 100 : -0.4]);
  const way = (options: Record<string, number>, name = 'drift') =>
    mean(
      steps(gradients, options, name)
        .slice(3000)
        .map(([u]) => u),
    );
  assert.ok(way({}, 'signum') < -0.4, 'signs go with the majority');
  assert.ok(way({}) < -0.2, 'so does a memory of 20 steps');
  // 20000 tokens are 300 of these steps.
  assert.ok(way({ beta2HalfLife: 20000 }) > 0.005);
});

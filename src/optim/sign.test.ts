// Properties of the rules that step along a sign: SignSGD, Signum, Lion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';

/** Parameters after each of the given gradients (one coordinate), in float64, from 0. */
function path(name: string, gradients: number[], options: Record<string, number> = {}, lr = 1): number[] {
  const hyper = resolveHyper(name, options);
  const param = [0];
  const state = referenceState(optimizer(name), hyper, 1);
  return gradients.map((g, step) => {
    referenceStep(optimizer(name), hyper, { param, grad: [g], state, lr, step });
    return param[0];
  });
}
// Hundredths, zero often among them.
const hundredths = fc
  .oneof(
    { weight: 3, arbitrary: fc.integer({ min: -1000, max: 1000 }) },
    { weight: 1, arbitrary: fc.constant(0) },
  )
  .map((n) => n / 100);
const gradients = fc.array(hundredths, { minLength: 1, maxLength: 40 });

for (const name of ['signsgd', 'signum', 'lion']) {
  test(`${name}: the scale of the gradient does not matter, and its sign only mirrors the path`, () => {
    fc.assert(
      // Powers of two: other factors round, and a sign may turn where the buffer is all but zero.
      fc.property(gradients, fc.integer({ min: -60, max: 60 }), (list, power) => {
        const scaled = list.map((g) => g * 2 ** power);
        assert.deepEqual(path(name, scaled), path(name, list));
        const mirrored = path(
          name,
          list.map((g) => -g),
        );
        path(name, list).forEach((p, i) => assert.ok(mirrored[i] === -p));
      }),
    );
  });

  test(`${name}: a step is lr, -lr or nothing`, () => {
    fc.assert(
      fc.property(gradients, (list) => {
        const points = [0, ...path(name, list, {}, 0.25)];
        for (let i = 1; i < points.length; i++)
          assert.ok([0, 0.25].includes(Math.abs(points[i] - points[i - 1])), `step ${i}`);
      }),
    );
  });

  test(`${name}: no gradient from the start, no step; the first gradient decides the first step`, () => {
    assert.deepEqual(path(name, [0, -0, 0]), [0, 0, 0]);
    assert.deepEqual(path(name, [0, 1e-9]), [0, -1]);
    assert.deepEqual(path(name, [-1e9]), [1]);
  });
}

test('SignSGD forgets at once, Signum goes on along its buffer after the gradient is gone', () => {
  assert.deepEqual(path('signsgd', [1, 0, 0]), [-1, -1, -1]);
  assert.deepEqual(path('signum', [1, 0, 0]), [-1, -2, -3]);
  // m = .5, .5 * .5 - .5 * .4 = .05, .5 * .05 - .5 * .1 = -.025
  assert.deepEqual(path('signum', [1, -0.4, -0.1], { momentum: 0.5 }), [-1, -2, -1]);
});

test('Lion by hand: the step leans on the present gradient, the buffer on the past', () => {
  // beta1 .5, beta2 .75: m = .25; c = .5 * .25 - .5 * .5 < 0, m = .75 * .25 - .25 * .5 = .0625;
  // c = .5 * .0625 > 0
  assert.deepEqual(path('lion', [1, -0.5, 0], { beta1: 0.5, beta2: 0.75 }), [-1, 0, -1]);
  // Its decay is decoupled: p <- p - lr (sign + weightDecay * p).
  assert.deepEqual(path('lion', [1, 0], { beta1: 0, beta2: 0, weightDecay: 0.5 }), [-1, -0.5]);
});

test('Signum without momentum is SignSGD; Lion with beta1 = beta2 is Signum', () => {
  fc.assert(
    fc.property(gradients, fc.constantFrom(0.5, 0.9, 0.95), (list, beta) => {
      assert.deepEqual(path('signum', list, { momentum: 0 }), path('signsgd', list));
      assert.deepEqual(
        path('lion', list, { beta1: beta, beta2: beta }),
        path('signum', list, { momentum: beta }),
      );
    }),
  );
  assert.deepEqual(optimizer('signum').state({ momentum: 0 }), []);
});

test('a NaN gradient does not hide behind a sign', () => {
  for (const name of ['signsgd', 'signum', 'lion'])
    assert.ok(Number.isNaN(path(name, [1, Number.NaN, 1])[2]));
});

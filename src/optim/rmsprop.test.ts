import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';

/** Parameter after the given gradients (one coordinate), in float64, from 1. */
function descend(name: string, options: Record<string, number>, gradients: number[], lr = 0.01): number {
  const hyper = resolveHyper(name, options);
  const param = [1];
  const state = referenceState(optimizer(name), hyper, 1);
  gradients.forEach((g, step) => {
    referenceStep(optimizer(name), hyper, { param, grad: [g], state, lr, step });
  });
  return param[0];
}
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-12, `${a} ${b}`);
const hundredths = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100);
const gradients = fc.array(hundredths, { minLength: 1, maxLength: 40 });

test('it is Adam with beta1 = 0, at half the state', () => {
  assert.deepEqual(optimizer('rmsprop').state(resolveHyper('rmsprop')), ['v']);
  fc.assert(
    fc.property(gradients, fc.constantFrom(0, 0.8, 0.95), fc.constantFrom(1e-8, 0.1), (list, beta2, eps) => {
      close(descend('rmsprop', { beta2, eps }, list), descend('adam', { beta1: 0, beta2, eps }, list));
    }),
  );
});

test('by hand: no cold start, then a gradient over its root mean square', () => {
  close(descend('rmsprop', { eps: 1e-30 }, [-40]), 1.01);
  // beta2 .5: v = .5 * 1, then .5 * .5 + .5 * 4 = 2.25; its correction is .75, so u = 2 / sqrt(3).
  close(descend('rmsprop', { beta2: 0.5, eps: 1e-30 }, [1, 2]), 1 - 0.01 - 0.02 / Math.sqrt(3));
});

test('the scale of the gradient does not matter while eps is negligible', () => {
  fc.assert(
    fc.property(gradients, fc.constantFrom(2 ** -10, 2 ** 7), (list, scale) => {
      const scaled = list.map((g) => g * scale);
      close(descend('rmsprop', { eps: 1e-30 }, scaled), descend('rmsprop', { eps: 1e-30 }, list));
    }),
  );
});

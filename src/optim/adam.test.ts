import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { adam, adamw } from './adam.ts';
import { referenceState, referenceStep } from './reference.ts';
import { resolveHyper } from './registry.ts';

function descend(def: typeof adam, options: Record<string, number>, lr: number, gradients: number[]): number {
  const hyper = resolveHyper(def.name, options);
  const param = [1];
  const state = referenceState(def, hyper, 1);
  gradients.forEach((g, step) => {
    referenceStep(def, hyper, { param, grad: [g], state, lr, step });
  });
  return param[0];
}
// Hundredths: zero or well above any eps.
const hundredths = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100);
const gradients = fc.array(hundredths, { minLength: 1, maxLength: 40 });
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-9, `${a} ${b}`);

test('the first step is lr against the sign of the gradient: bias correction undoes the cold start', () => {
  for (const g of [1e-3, -0.2, 40]) close(descend(adam, { eps: 1e-20 }, 0.01, [g]), 1 - 0.01 * Math.sign(g));
});

test('a constant gradient moves it by lr every step', () => {
  close(descend(adam, { eps: 1e-20, beta1: 0.9, beta2: 0.99 }, 0.01, new Array(30).fill(0.3)), 1 - 0.3);
});

test('eps is added after the bias correction of v', () => {
  // First step: m / c1 = g and sqrt(v / c2) = |g|, so u = g / (|g| + eps).
  close(descend(adam, { eps: 0.5 }, 0.1, [0.25]), 1 - (0.1 * 0.25) / 0.75);
});

test('the scale of the gradient does not matter while eps is negligible', () => {
  fc.assert(
    fc.property(gradients, fc.constantFrom(2 ** -10, 2 ** 7), (list, scale) => {
      const scaled = list.map((g) => g * scale);
      close(descend(adam, { eps: 1e-30 }, 0.01, list), descend(adam, { eps: 1e-30 }, 0.01, scaled));
    }),
  );
});

test('AdamW is Adam whose parameter also shrinks by lr * weightDecay', () => {
  close(descend(adamw, { weightDecay: 0.5 }, 0.1, [0, 0]), 0.95 ** 2);
  fc.assert(
    fc.property(gradients, (list) => {
      assert.equal(descend(adamw, { weightDecay: 0 }, 0.01, list), descend(adam, {}, 0.01, list));
    }),
  );
});

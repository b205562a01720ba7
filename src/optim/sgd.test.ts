import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { referenceState, referenceStep } from './reference.ts';
import { resolveHyper } from './registry.ts';
import { sgd } from './sgd.ts';

/** Parameters after the given gradients (one coordinate), in float64. */
function descend(options: Record<string, number>, lr: number, gradients: number[], start = 1): number {
  const hyper = resolveHyper('sgd', options);
  const param = [start];
  const state = referenceState(sgd, hyper, 1);
  gradients.forEach((g, step) => {
    referenceStep(sgd, hyper, { param, grad: [g], state, lr, step });
  });
  return param[0];
}
const gradient = fc.double({ min: -10, max: 10, noNaN: true });
const close = (a: number, b: number, scale = 1) => assert.ok(Math.abs(a - b) <= 1e-12 * scale, `${a} ${b}`);

test('without momentum there is no buffer: 8 bytes per parameter with its gradient', () => {
  assert.deepEqual(sgd.state(resolveHyper('sgd', { momentum: 0 })), []);
  assert.equal(descend({ momentum: 0 }, 0.1, [1, 2]), 1 - 0.1 - 0.2);
});

test('heavy ball by hand', () => {
  // m = 1, then .5 * 1 + 2 = 2.5, then .5 * 2.5 - 1 = .25
  close(descend({ momentum: 0.5 }, 0.1, [1, 2, -1]), 1 - 0.1 * (1 + 2.5 + 0.25));
  // Nesterov looks ahead: g + .5 m
  close(descend({ momentum: 0.5, nesterov: 1 }, 0.1, [1, 2]), 1 - 0.1 * (1.5 + 3.25));
  // Coupled decay enters the gradient, hence the buffer.
  close(descend({ momentum: 0.5, weightDecay: 1 }, 0.1, [1, 0]), 0.8 - 0.1 * (0.5 * 2 + 0.8));
});

test('an averaged buffer at lr / (1 - momentum) is the undampened one', () => {
  fc.assert(
    fc.property(
      fc.array(gradient, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.5, 0.9, 0.95, 0.98),
      (gradients, momentum) => {
        const heavyBall = descend({ momentum }, 0.01, gradients);
        const average = descend({ momentum, dampening: momentum }, 0.01 / (1 - momentum), gradients);
        close(heavyBall, average, 100);
      },
    ),
  );
});

test('a constant gradient moves it by lr / (1 - momentum) a step in the end', () => {
  const after = (steps: number) => descend({ momentum: 0.9 }, 0.01, new Array(steps).fill(1));
  close(after(400) - after(401), 0.1);
});

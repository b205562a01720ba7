// The three relatives of Adam, by hand: AdaSGD, Adam with the noise taken out, batch-size-invariant Adam.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { adambc } from './adambc.ts';
import { adasgd } from './adasgd.ts';
import { invadam } from './invadam.ts';
import { referenceState, referenceStep } from './reference.ts';
import { resolveHyper } from './registry.ts';
import type { OptimizerDef } from './rule.ts';

/** Parameters from zero on, after the given gradients. */
function descend(def: OptimizerDef, options: Record<string, number>, lr: number, gradients: number[][]) {
  const hyper = resolveHyper(def.name, options);
  const param = gradients[0].map(() => 0);
  const state = referenceState(def, hyper, param.length);
  gradients.forEach((grad, step) => {
    referenceStep(def, hyper, { param, grad, state, lr, step });
  });
  return { param, state };
}
const close = (a: number, b: number, tolerance = 1e-7) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} ${b}`);

test('adasgd: the first step has the direction of the gradient and Adam’s length in the mean', () => {
  // mean(g^2) of (3, 4) is 12.5; both corrections divide out.
  const { param } = descend(adasgd, {}, 0.1, [[3, 4]]);
  close(param[0], (-0.1 * 3) / Math.sqrt(12.5));
  close(param[1], (-0.1 * 4) / Math.sqrt(12.5));
});

test('adasgd: two steps by hand', () => {
  // beta .5: m = (1.5, 2), v = 6.25; then m = (.75, 1) + (-.5, 0) = (.25, 1), v = 3.125 + .5 * .5 = 3.375.
  const { param } = descend(adasgd, { beta1: 0.5, beta2: 0.5 }, 1, [
    [3, 4],
    [-1, 0],
  ]);
  const second = Math.sqrt(3.375 / 0.75);
  close(param[0], -3 / Math.sqrt(12.5) - 0.25 / 0.75 / second);
  close(param[1], -4 / Math.sqrt(12.5) - 1 / 0.75 / second);
});

test('adambc: two steps by hand', () => {
  // beta2 .5, beta1 0. First: V = 4, no noise known, u = 2 / 2. Second, g = 1: v = .5 * 2 + .5 = 1.5, V = 2;
  // n = .5 * (1 - 2)^2 / 2 = .25, of weight .5, N = .5: u = 1 / sqrt(1.5).
  const { param } = descend(adambc, { beta1: 0, beta2: 0.5 }, 1, [[2], [1]]);
  close(param[0], -1 - 1 / Math.sqrt(1.5));
});

test('adambc: a gradient without noise is Adam’s; of pure noise a share `floor` of V stays', () => {
  const { param } = descend(adambc, { floor: 0.04 }, 0.1, new Array(50).fill([3]));
  close(param[0], -0.1 * 50, 1e-6);
  // 1, -1, 1, ...: half of the squared difference is 2, above the square 1.
  const signs = Array.from({ length: 401 }, (_, i) => [i % 2 ? -1 : 1]);
  const hyper = { beta1: 0, beta2: 0.95, floor: 0.04 };
  const step =
    descend(adambc, hyper, 1, signs).param[0] - descend(adambc, hyper, 1, signs.slice(0, -1)).param[0];
  close(step, -1 / 0.2, 1e-6);
});

test('adambc: the measured noise is the variance of the gradients, at every batch size', () => {
  // 2 + noise of variance 9: V tends to 13, N to 9.
  const gradients = Array.from({ length: 6000 }, (_, i) => [
    2 + 3 * Math.sin(1e4 * Math.sin(i + 1)) * Math.SQRT2,
  ]);
  const variance = gradients.reduce((sum, [g]) => sum + (g - 2) ** 2, 0) / gradients.length;
  const { state } = descend(adambc, { beta2: 0.9995 }, 0, gradients);
  const noise = state[2][0] / (1 - 0.9995 ** 5999);
  assert.ok(Math.abs(noise / variance - 1) < 0.1, `${noise} against ${variance}`);
});

/** Steps of k micro-batches each, whose gradients are given one after the other. */
function invariant(gradients: number[][], k: number, lr: number, options: Record<string, number> = {}) {
  const hyper = resolveHyper('invadam', options);
  const size = gradients[0].length;
  const param = new Array<number>(size).fill(0);
  const state = referenceState(invadam, hyper, size);
  for (let from = 0, step = 0; from < gradients.length; from += k, step++) {
    const own = gradients.slice(from, from + k);
    const sum = (f: (g: number) => number) =>
      param.map((_, i) => own.reduce((total, g) => total + f(g[i]), 0));
    referenceStep(invadam, hyper, {
      ...{ param, grad: sum((g) => g), state, lr, step, gradScale: 1 / own.length },
      ...{
        squares: sum((g) => g * g),
        microBatches: own.length,
        tokens: { seen: 64 * from, now: 64 * own.length },
      },
    });
  }
  return { param, state };
}

test('invadam: a step of two micro-batches by hand', () => {
  // beta1 .5, beta2 .5, gradients 1 and 3: m = .75 * 2, c1 = .75; v = .75 * 5, c2 = .75. Twice the step.
  const { param, state } = invariant([[1], [3]], 2, 0.1, { beta1: 0.5, beta2: 0.5 });
  close(param[0], (-0.1 * 2 * 2) / Math.sqrt(5));
  assert.deepEqual(
    state.map(([x]) => x),
    [1.5, 3.75, 0],
    'the squares are used up',
  );
});

test('invadam: v is the same in steps of any size where all squares are equal, though the gradients cancel', () => {
  const gradients = Array.from({ length: 64 }, (_, i) => [i % 2 ? 2 : -2, 3]);
  const v = (k: number) => invariant(gradients, k, 0).state[1];
  for (const k of [2, 8, 64]) v(k).forEach((x, i) => close(x, v(1)[i], 1e-12));
});

test('invadam: k micro-batches in a step do what k steps of one do, to first order', () => {
  const noise = (i: number) => Math.sin(1e4 * Math.sin(i + 1));
  const gradients = Array.from({ length: 256 }, (_, i) => [1 + 5 * noise(i), 0.1 + noise(i + 999)]);
  const at = (k: number) => invariant(gradients, k, 1e-3).param;
  for (const k of [2, 4, 8])
    at(k).forEach((x, i) =>
      assert.ok(Math.abs(x / at(1)[i] - 1) < 0.02 * k, `k ${k}: ${x} against ${at(1)[i]}`),
    );
});

test('invadam: the scale of the gradient makes no difference', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (scale) => {
      const gradients = [[1], [2], [-1], [4]];
      const times = gradients.map(([g]) => [g * scale]);
      close(invariant(times, 2, 0.1).param[0], invariant(gradients, 2, 0.1).param[0], 1e-5);
    }),
  );
});

// Averages whose factor is near 1: their weights to all digits, and what they do to a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averages } from './half-life.ts';
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';

const relative = (found: number, right: number) => Math.abs(found / right - 1);

test('weights of a factor near 1 keep their digits', () => {
  const at = (hyper: Record<string, number>, step: number, tokens = { seen: step * 64, now: 64 }) =>
    averages({ lr: 1, step, hyper, tokens }, 'beta2');
  // 0.5^(64 / H) for H = 1e12: 1 minus it is x - x^2 / 2 + ..., x = 64 ln 2 / H.
  const x = (64 * Math.LN2) / 1e12;
  assert.ok(relative(at({ beta2HalfLife: 1e12 }, 0).gain, x - (x * x) / 2) < 1e-15);
  assert.ok(relative(at({ beta2HalfLife: 1e12 }, 999).weight, 1000 * x - (1000 * x) ** 2 / 2) < 1e-13);
  // 1 - (1 - 2^-50)^t = t 2^-50 - t (t - 1) / 2 2^-100.
  const beta2 = 1 - 2 ** -50;
  assert.ok(relative(at({ beta2 }, 6).weight, 7 * 2 ** -50) < 1e-14);
  assert.equal(at({ beta2 }, 6).gain, 2 ** -50);
  // Far from 1 they are what they always were.
  assert.ok(relative(at({ beta2: 0.95 }, 9).weight, 1 - 0.95 ** 10) < 1e-15);
  assert.deepEqual(at({ beta2: 0 }, 4), { beta: 0, gain: 1, weight: 1 });
  const half = at({ beta2HalfLife: 64 }, 1);
  assert.ok(relative(half.beta, 0.5) < 1e-15 && relative(half.weight, 0.75) < 1e-15);
});

for (const halfLife of [1e12, 1e20, 1e300])
  for (const round of [undefined, Math.fround])
    test(`a half-life of ${halfLife} tokens is the plain mean, ${round ? 'in float32' : 'in float64'}`, () => {
      const gradients = [0.3, -0.1, 0.02, 0.5, -0.4];
      const def = optimizer('adam');
      const hyper = resolveHyper('adam', { beta1HalfLife: halfLife, beta2HalfLife: halfLife });
      const param = [1];
      const state = referenceState(def, hyper, 1);
      let expected = 1;
      gradients.forEach((g, step) => {
        referenceStep(def, hyper, {
          ...{ param, grad: [g], state, lr: 0.1, step, round },
          tokens: { seen: 64 * step, now: 64 },
        });
        const seen = gradients.slice(0, step + 1);
        const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
        expected -= (0.1 * mean(seen)) / (Math.sqrt(mean(seen.map((x) => x * x))) + hyper.eps);
        assert.ok(Math.abs(param[0] - expected) < 1e-6, `step ${step}: ${param[0]}, not ${expected}`);
      });
    });

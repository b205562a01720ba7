import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { lrAt, schedules } from './schedules.ts';

const run = fc.record({
  name: fc.constantFrom(...Object.keys(schedules)),
  warmup: fc.constantFrom(0, 0.01, 0.1, 0.5, 1),
  final: fc.constantFrom(0, 0.1, 1),
  decay: fc.constantFrom(0, 0.1, 0.2, 1),
  steps: fc.integer({ min: 1, max: 300 }),
});
const curve = ({ steps, ...config }: { steps: number; name: string; warmup: number; final: number }) =>
  Array.from({ length: steps }, (_, step) => lrAt(config, 2, step, steps));

test('the peak is reached and never passed; it rises to the peak and never rises after it', () => {
  fc.assert(
    fc.property(run, (config) => {
      const lrs = curve(config);
      const peak = lrs.indexOf(2);
      assert.ok(peak >= 0, 'reached');
      assert.equal(
        peak,
        Math.max(0, Math.round(config.warmup * config.steps) - 1),
        'at the end of the warmup',
      );
      lrs.forEach((lr, step) => {
        assert.ok(lr >= 0 && lr <= 2);
        if (step > 0 && step <= peak) assert.ok(lr > lrs[step - 1], 'warmup');
        if (step > peak) assert.ok(lr <= lrs[step - 1] + 1e-15, 'decay');
      });
    }),
  );
});

test('the last step has the final value', () => {
  fc.assert(
    fc.property(run, (config) => {
      const way = config.steps - Math.max(1, Math.round(config.warmup * config.steps));
      const stays = config.name === 'constant' || (config.name === 'wsd' && config.decay === 0) || way <= 0;
      const expected = stays ? 2 : 2 * config.final;
      assert.ok(Math.abs(curve(config).at(-1)! - expected) < 1e-12);
    }),
  );
});

test('no jumps: neighbouring steps differ by no more than the steepest piece allows', () => {
  fc.assert(
    fc.property(run, ({ steps, ...config }) => {
      const total = 100 * steps;
      const lrs = curve({ ...config, steps: total });
      const way = total - Math.max(1, Math.round(config.warmup * total));
      const down = config.name === 'cosine' ? Math.PI / 2 : 1;
      const decaySteps = config.name === 'wsd' ? Math.min(way, config.decay * total) : way;
      const bound = Math.max(
        config.warmup > 0 ? 2 / Math.round(config.warmup * total) : 0,
        decaySteps > 0 ? (2 * down) / decaySteps : 0,
      );
      for (let i = 1; i < total; i++) assert.ok(Math.abs(lrs[i] - lrs[i - 1]) <= bound + 1e-12, `step ${i}`);
    }),
    { numRuns: 30 },
  );
});

test('the shapes by hand', () => {
  const at = (name: string, step: number, extra = {}) =>
    lrAt({ name, warmup: 0.1, final: 0.1, ...extra }, 1, step, 101);
  // 10 steps of warmup: .1, .2, ... 1 at step 9; then 91 steps down.
  assert.equal(at('cosine', 0), 0.1);
  assert.equal(at('linear', 9), 1);
  assert.ok(Math.abs(at('linear', 100) - 0.1) < 1e-15);
  const half = lrAt({ name: 'cosine', warmup: 0, final: 0.2 }, 1, 50, 101);
  assert.ok(Math.abs(half - 0.6) < 1e-12);
  // 20% of 101 steps of decay: flat up to step 79.8.
  assert.equal(at('wsd', 79, { decay: 0.2 }), 1);
  assert.ok(at('wsd', 80, { decay: 0.2 }) < 1);
  assert.equal(at('wsd', 79), 1, 'the default decay is 20%');
  assert.equal(at('linear', 500), at('linear', 100), 'past the end it stays');
});

test('the end of a long run keeps its digits', () => {
  // Half a cosine, k steps before its end: sin^2(pi k / 2 n), of which 1 + cos would leave five digits here.
  const n = 1e6;
  for (const k of [1, 2, 10]) {
    const lr = lrAt({ name: 'cosine', warmup: 0, final: 0 }, 1, n - k, n + 1);
    const right = Math.sin((Math.PI * k) / (2 * n)) ** 2;
    assert.ok(Math.abs(lr / right - 1) < 1e-9, `${k}: ${lr}, not ${right}`);
  }
  for (const name of ['cosine', 'linear', 'wsd'])
    assert.ok(Math.abs(lrAt({ name, warmup: 0.1, final: 1e-20 }, 1, 99, 100) / 1e-20 - 1) < 1e-9, name);
});

test('an unknown schedule is a user error that lists the known ones', () => {
  assert.throws(
    () => lrAt({ name: 'cos', warmup: 0, final: 0 }, 1, 0, 1),
    (e) => e instanceof UserError && /cosine, constant, wsd, linear/.test(e.message),
  );
});

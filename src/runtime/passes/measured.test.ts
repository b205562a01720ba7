// Rules that measure, map, graft, or treat tensors differently: kernels against
// the oracle on a small model's tensors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { referenceState, referenceStep } from '../../optim/reference.ts';
import { optimizer, resolveHyper } from '../../optim/registry.ts';
import {
  bits,
  modelBed as build,
  modelCount as count,
  fill,
  places,
  tensors,
  tokens,
} from './bed.testing.ts';
import { createSelect } from './quantile.ts';
import { compileUpdate, scratchBytes } from './update.ts';

/** Norms are summed in another order, which may move a step by an ulp; everything else is exact. */
const CASES: [string, Record<string, number>?][] = [
  ['nsgd'],
  ['nsgd', { layerwise: 1, momentum: 0 }],
  ['adam#sgd'],
  ['sgd#adam', { layerwise: 1 }],
  ['adam#signum+decay', { 'adam.beta2HalfLife': 300 }],
  ['sgd+layerClip', { maxNorm: 0.5 }],
  ['sgd+coordinateClip', { maxAbs: 0.5 }],
  ['adam+coordinateClip', { maxAbs: 0.5, ofGradient: 1 }],
  ['sgd+adaptiveClip', { p: 0.2 }],
  ['sgd+adaptiveClip', { p: 0, nesterov: 1 }],
  ['lion+adaptiveClip'],
  ['sgd+layerClip+adaptiveClip+decay', { p: 0.5 }],
  ['rest=sgd,head=adam'],
  ['norm=signsgd,head=adam#sgd,rest=sgd+adaptiveClip'],
  ['adam', { beta1HalfLife: 500, beta2HalfLife: 1000 }],
];

for (const [kind, place] of Object.entries(places()))
  for (const [name, options] of CASES)
    test(`${name} ${JSON.stringify(options ?? {})}, ${kind}: the rule in float32`, () => {
      const b = build(name, options, place);
      fill(b.param, 1, 'param');
      const param = [...b.param];
      const state = referenceState(b.def, b.hyper, count);
      for (let step = 0; step < 6; step++) {
        fill(b.grad, 1, `grad ${step}`);
        b.run(step, 0.01, 0.3);
        referenceStep(b.def, b.hyper, {
          ...{ param, grad: [...b.grad], state, tensors, lr: 0.01, step, gradScale: 0.3 },
          ...{ tokens: tokens(step), round: Math.fround },
        });
        const exact = !/nsgd|#|layer/.test(name);
        [param, ...state].forEach((values, k) => {
          const ours = k === 0 ? b.param : b.state[k - 1];
          const theirs = Float32Array.from(values);
          if (exact) assert.deepEqual(bits(ours), bits(theirs), `step ${step}`);
          const largest = Math.max(...values.map(Math.abs));
          values.forEach((value, i) => {
            assert.ok(Math.abs(ours[i] - value) <= 1e-6 * largest, `step ${step}, ${i}`);
          });
        });
      }
    });

for (const [name, options, tolerance] of [
  ['adafactor', {}, 2e-6],
  ['muon', {}, 2e-5],
  ['muon', { nesterov: 0, nsSteps: 3 }, 2e-5],
  ['adam#muon+adaptiveClip', {}, 2e-5],
  ['rest=muon,embedding=adafactor+decay', {}, 2e-5],
] as const)
  test(`${name} ${JSON.stringify(options)}: stays with the float64 oracle for 50 steps`, () => {
    const b = build(name, options);
    fill(b.param, 2, 'param');
    const param = [...b.param];
    const state = referenceState(b.def, b.hyper, count);
    for (let step = 0; step < 50; step++) {
      fill(b.grad, 2, `grad ${step}`);
      b.run(step);
      referenceStep(b.def, b.hyper, { param, grad: [...b.grad], state, tensors, lr: 0.01, step });
    }
    const moved = Math.max(...param.map(Math.abs));
    param.forEach((p, i) => {
      assert.ok(Math.abs(p - b.param[i]) <= tolerance * moved, `${i}: ${b.param[i]} against ${p}`);
    });
  });

test('the selected value is the one that sorting finds, whatever was selected before and however little room there is', () => {
  const special = [0, -0, 1e-45, 1, 1, 2, Infinity, Number.NaN, 3e38];
  const float = fc.oneof(fc.float(), fc.constantFrom(...special));
  const select = createSelect();
  fc.assert(
    fc.property(
      fc.array(float, { minLength: 1 }),
      ...[fc.nat(), fc.nat(9), fc.nat(20)],
      (list, k, near, room) => {
        const bins = new Uint32Array(2048);
        const counter = (words: number[]) => (low: number, shift: number) => {
          for (const w of words) if (w >= low && (w - low) / 2 ** shift < 2048) bins[(w - low) >>> shift]++;
          return words.filter((w) => w < low).length;
        };
        // The same list a little later: sometimes near, sometimes not.
        for (const factor of [1, 1 + near * 1e-3, 1 + near * 1e-6]) {
          const sizes = Float32Array.from(list, (x) => Math.abs(x) * factor);
          const words = [...new Uint32Array(sizes.buffer)].map((w) => w & 0x7fffffff);
          let aside: number[] = [];
          const rank = k % list.length;
          const found = select(
            {
              bracket(low, high) {
                aside = words.map((w) => w - low).filter((d) => d >= 0 && d <= high - low);
                const below = words.filter((w) => w < low).length;
                return { below, inside: aside.length, aside: aside.length <= room && high > low };
              },
              count: counter(words),
              countInside: (inside) => counter(aside.slice(0, inside)),
            },
            bins,
            rank,
          );
          assert.ok(Object.is(found, sizes.sort()[rank]));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a guess from the step before, near or far, changes no bit', () => {
  for (const scale of [1, 1.02, 100, 0]) {
    const [warm, cold] = [build('sgd+adaptiveClip'), build('sgd+adaptiveClip')];
    fill(warm.grad, 3, 'first');
    warm.run(0);
    cold.param.set(warm.param);
    cold.state[0].set(warm.state[0]);
    for (const b of [warm, cold]) {
      fill(b.grad, 3, 'second');
      b.run(1, 0.01, scale);
    }
    assert.deepEqual(bits(warm.param), bits(cold.param));
  }
});

test('rules that need scratch memory say so', () => {
  const hyper = resolveHyper('muon');
  const kernel = compileUpdate(optimizer('muon'), hyper, places()['32 bits'], tensors);
  assert.throws(
    () => kernel.run({ param: 0, grad: 0, state: [0, 0], count, lr: 1, step: 0, gradScale: 1 }),
    /scratch/,
  );
  assert.equal(scratchBytes(optimizer('adam#sgd'), resolveHyper('adam#sgd'), count, tensors), 0);
});

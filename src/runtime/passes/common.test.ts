// What holds of every optimizer there is, and of transforms, grafts and hybrids of them:
// on kernels, over a small model's tensors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGrid, optimizer, optimizers, resolveHyper } from '../../optim/registry.ts';
import { tensorGroups } from '../../optim/rule.ts';
import { transforms } from '../../optim/transforms.ts';
import { bits, fill, modelBed, tensors } from './bed.testing.ts';

const NAMES = [
  ...Object.keys(optimizers),
  ...Object.keys(transforms).flatMap((name) => [`sgd+${name}`, `adam+${name}`]),
  ...['adam#sgd', 'sgd#adam', 'nsgd#muon', 'rest=sgd,head=adam', '(rest=sgd,head=muon)+adaptiveClip'],
];

/** Epsilons as small as they may be, and nothing that moves a parameter by itself. */
function bare(name: string): Record<string, number> {
  const { hyper } = optimizer(name);
  return Object.fromEntries(
    Object.entries(hyper).flatMap(([key, { min }]): [string, number][] => {
      if (/eps1?$/.test(key)) return [[key, min!]];
      return /decay$/i.test(key) ? [[key, 0]] : [];
    }),
  );
}

/** Where 5 steps lead, from 0, with gradients times `scale`. */
function walk(name: string, scale: number): Float32Array {
  const b = modelBed(name, bare(name));
  for (let step = 0; step < 5; step++) {
    fill(b.grad, 1, `grad ${step}`);
    for (let i = 0; i < b.grad.length; i++) b.grad[i] *= scale;
    b.run(step);
  }
  return b.param.slice();
}

for (const name of NAMES) {
  const def = optimizer(name);
  const hyper = resolveHyper(name);

  test(`${name}: gradients multiplied by a number do to the steps what the rule says (${def.scaling})`, () => {
    for (const scale of [2 ** -6, 2 ** 5]) {
      const [one, other] = [walk(name, 1), walk(name, scale)];
      const far = Math.max(...one.map(Math.abs));
      assert.ok(far > 0);
      const off = (factor: number) =>
        Math.max(...one.map((x, i) => Math.abs(factor * x - other[i]))) / (factor * far);
      // Powers of two are exact but for epsilons and what Newton-Schulz rounds.
      if (def.scaling === 'multiple') assert.ok(off(scale) < 1e-6, `${off(scale)}`);
      if (def.scaling === 'invariant') assert.ok(off(1) < 1e-4, `${off(1)}`);
    }
  });

  test(`${name}: a zero gradient from the start moves nothing`, () => {
    const b = modelBed(name, bare(name));
    fill(b.param, 2, 'param');
    const before = bits(b.param);
    for (let step = 0; step < 3; step++) b.run(step);
    assert.deepEqual(bits(b.param), before);
    for (const values of b.state) assert.ok(values.every((v) => v === 0));
  });

  test(`${name}: a gradient that is not a number cannot pass unseen`, () => {
    for (const place of [0, 70, 400, 500]) {
      const b = modelBed(name, bare(name));
      fill(b.grad, 3, 'grad');
      b.grad[place] = Number.NaN;
      b.run(0);
      assert.ok(Number.isNaN(b.param[place]), `coordinate ${place}`);
      // An infinity has a sign, and the signs go on; whatever else becomes of it,
      // it moves nothing by a finite amount that is larger than any other step.
      const c = modelBed(name, bare(name));
      fill(c.grad, 3, 'grad');
      c.run(0);
      const usual = Math.max(...c.param.map(Math.abs));
      const d = modelBed(name, bare(name));
      fill(d.grad, 3, 'grad');
      d.grad[place] = Infinity;
      d.run(0);
      const moved = Math.abs(d.param[place]);
      assert.ok(!Number.isFinite(moved) || moved <= 2 * usual, `${moved}`);
    }
  });

  test(`${name}: parameters and state copied elsewhere go on with the same bits`, () => {
    let b = modelBed(name);
    const straight = modelBed(name);
    for (const x of [b, straight]) fill(x.param, 4, 'param');
    for (let step = 0; step < 8; step++) {
      if (step === 4) {
        const fresh = modelBed(name);
        fresh.param.set(b.param);
        b.state.forEach((values, k) => {
          fresh.state[k].set(values);
        });
        b = fresh;
      }
      for (const x of [b, straight]) {
        fill(x.grad, 4, `grad ${step}`);
        x.run(step);
      }
    }
    assert.deepEqual(bits(b.param), bits(straight.param));
  });

  test(`${name}: its default grid can be run as it stands`, () => {
    const { lr, axes } = defaultGrid(name);
    assert.ok(lr.length >= 3 && lr.includes(def.lrGuess));
    assert.ok(lr.every((x, i) => x > (lr[i - 1] ?? 0)));
    for (const [key, values] of Object.entries(axes)) {
      assert.ok(values.length >= 2, key);
      for (const value of values) assert.equal(resolveHyper(name, { [key]: value })[key], value);
    }
  });

  test(`${name}: says what it is, and why its defaults are what they are`, () => {
    assert.equal(def.name, name);
    assert.ok(def.summary && def.source && def.lrGuess > 0);
    for (const [key, { why }] of Object.entries(def.hyper)) assert.ok(why.length > 10, key);
    const scalars = (step: number) =>
      Object.keys(def.scalars({ lr: 0.1, step, hyper, tokens: { seen: step, now: 1 } }));
    assert.deepEqual(scalars(0), scalars(7), 'the same scalars at every step');
    const written = tensorGroups(def, hyper, tensors).flatMap(({ buffers }) => buffers);
    for (const state of def.state(hyper)) assert.ok(written.includes(`state.${state}`), state);
    assert.deepEqual(resolveHyper(name, hyper), hyper, 'complete hyperparameters stay as they are');
  });
}

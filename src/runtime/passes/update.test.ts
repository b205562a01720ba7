import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../core/errors.ts';
import { createRng } from '../../core/rng.ts';
import recording from '../../optim/fixtures/torch.json' with { type: 'json' };
import { referenceState, referenceStep } from '../../optim/reference.ts';
import { optimizer } from '../../optim/registry.ts';
import { compileReductions } from '../targets/wasm/reductions.ts';
import { findMachineCode } from '../targets/x64/pages.ts';
import { bed, bits, memories, places, variants } from './bed.testing.ts';
import { allocate } from './memory.ts';
import { compileUpdate } from './update.ts';

/** Fills with normal numbers spread over a few orders of magnitude. */
function fill(view: Float32Array, seed: number, name: string) {
  const rng = createRng(seed, name);
  view.forEach((_, i) => {
    view[i] = rng.normal() * 10 ** (i % 4 === 0 ? -4 : 0);
  });
}

/** Rules whose step is the sign of something. */
const SIGNS = ['signsgd', 'signum', 'lion'];

/** WebAssembly, and machine code where there is any. */
const ways = [...new Set([undefined, findMachineCode().machineCode])];
const kind = fc.constantFrom(...Object.values(places()));

for (const [name, options] of variants()) {
  const label = `${name} ${JSON.stringify(options)}`;

  test(`${label}: the bits of the rule in float32, for any length and alignment, within bounds`, () => {
    fc.assert(
      fc.property(fc.nat(140), fc.nat(3), fc.nat(), kind, (count, shift, seed, place) => {
        const b = bed(name, options, count, { shift, place });
        fill(b.param, seed, 'param');
        const param = [...b.param];
        const state = referenceState(optimizer(name), b.hyper, count);
        for (let step = 0; step < 4; step++) {
          fill(b.grad, seed, `grad ${step}`);
          const grad = [...b.grad];
          const at = { lr: 0.01, step, gradScale: 0.3 };
          b.run(step, at);
          referenceStep(optimizer(name), b.hyper, { param, grad, state, ...at, round: Math.fround });
          assert.deepEqual([...b.grad], grad, 'the gradient is only read');
        }
        assert.deepEqual(bits(b.param), bits(Float32Array.from(param)));
        state.forEach((values, k) => {
          assert.deepEqual(bits(b.state[k]), bits(Float32Array.from(values)));
        });
        assert.ok(
          b
            .guards()
            .flat()
            .every((guard) => guard === 77),
          'no write out of bounds',
        );
      }),
      { numRuns: 60 },
    );
  });

  test(`${label}: stays with the float64 oracle over 300 steps`, () => {
    const count = 50;
    const b = bed(name, options, count);
    fill(b.param, 5, 'param');
    const param = [...b.param];
    const state = referenceState(optimizer(name), b.hyper, count);
    const rng = createRng(5, 'noise');
    // Each step rounds the parameter (2^-24 of it) and the update: about 10 roundings, of which those of the
    // betas are remembered for 20 steps or more; 32 covers them. Errors of all steps are added, none cancels.
    const bound = new Float64Array(count);
    for (let step = 0; step < 300; step++) {
      b.grad.forEach((_, i) => {
        b.grad[i] = rng.normal() + 0.3 * Math.sin(i);
      });
      const before = [...param];
      const at = { lr: 0.003, step, gradScale: 0.5 };
      b.run(step, at);
      referenceStep(optimizer(name), b.hyper, { param, grad: [...b.grad], state, ...at });
      const largest = Math.max(...param.map((p, i) => Math.abs(p - before[i])));
      param.forEach((p, i) => {
        bound[i] += 2 ** -24 * (Math.abs(p) + 32 * largest);
        assert.ok(Math.abs(p - b.param[i]) <= bound[i], `step ${step}, ${i}: ${b.param[i]} against ${p}`);
      });
    }
  });

  test(`${label}: the same bits however the range is split`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }), fc.nat(3), (pieces, shift) => {
        const count = pieces.reduce((a, b) => a + b, 0);
        const whole = bed(name, options, count);
        const split = bed(name, options, count, { shift });
        for (const b of [whole, split]) fill(b.param, 1, 'param');
        for (let step = 0; step < 3; step++) {
          for (const b of [whole, split]) fill(b.grad, 1, `grad ${step}`);
          whole.run(step);
          let from = 0;
          for (const piece of pieces) split.run(step, { from, to: (from += piece) });
        }
        assert.deepEqual(bits(split.param), bits(whole.param));
        whole.state.forEach((values, k) => {
          assert.deepEqual(bits(split.state[k]), bits(values));
        });
      }),
      { numRuns: 30 },
    );
  });

  test(`${label}: a zero gradient from the start moves nothing but by weight decay`, () => {
    const b = bed(
      name,
      { ...options, ...('weightDecay' in optimizer(name).hyper && { weightDecay: 0 }) },
      21,
    );
    fill(b.param, 2, 'param');
    const before = bits(b.param);
    for (let step = 0; step < 5; step++) b.run(step);
    assert.deepEqual(bits(b.param), before);
    for (const values of b.state) assert.ok(values.every((v) => v === 0));
  });

  test(`${label}: a NaN gradient spoils its own coordinate, for good, and no other`, () => {
    const [clean, hit] = [bed(name, options, 19), bed(name, options, 19)];
    for (const b of [clean, hit]) {
      fill(b.param, 3, 'param');
      for (let step = 0; step < 4; step++) {
        fill(b.grad, 3, `grad ${step}`);
        if (b === hit && step === 1) b.grad[7] = Number.NaN;
        b.run(step);
      }
    }
    clean.param.forEach((p, i) => {
      if (i !== 7) assert.equal(hit.param[i], p);
      // Without state the coordinate is NaN because the parameter itself became NaN.
      else assert.ok(Number.isNaN(hit.param[i]));
    });
  });

  test(`${label}: an infinite gradient stays in its coordinate, a NaN clip factor does not pass unseen`, () => {
    const b = bed(name, options, 5);
    b.grad.set([1, 1, Infinity, 1, 1]);
    b.run(0);
    // An infinity has a sign: these rules step by lr as ever, and only the gradient norm, which
    // training looks at before any update, tells. What is certain is that no other coordinate is touched.
    if (SIGNS.includes(name)) assert.deepEqual(bits(b.param), bits(new Float32Array(5).fill(b.param[0])));
    else assert.deepEqual([...b.param].map(Number.isFinite), [true, true, false, true, true]);
    const c = bed(name, options, 5);
    c.grad.fill(1);
    c.run(0, { gradScale: Number.NaN });
    assert.ok(c.param.every(Number.isNaN));
  });

  test(`${label}: copying parameters and state elsewhere continues with the same bits`, () => {
    const straight = bed(name, options, 33);
    fill(straight.param, 4, 'param');
    let resumed = straight;
    for (let step = 0; step < 20; step++) {
      if (step === 10) {
        resumed = bed(name, options, 33, { shift: 2 });
        resumed.param.set(straight.param);
        straight.state.forEach((values, k) => {
          resumed.state[k].set(values);
        });
      }
      for (const b of new Set([straight, resumed])) {
        fill(b.grad, 4, `grad ${step}`);
        b.run(step);
      }
    }
    assert.deepEqual(bits(resumed.param), bits(straight.param));
  });
}

test('the kernels follow PyTorch, or the published rule in float64, for 50 steps', () => {
  for (const { optimizer: name, hyper, params } of recording.cases) {
    const b = bed(name, hyper as unknown as Record<string, number>, recording.initial.length);
    b.param.set(recording.initial);
    recording.lr.forEach((lr, step) => {
      b.grad.set(recording.gradients[step]);
      b.run(step, { lr });
      params[recording.kept.indexOf(step)]?.forEach((p, i) => {
        // PyTorch is in float32 too, with operations in another order: a few ulps of 1 after 50 steps.
        // Of the signs the recording is in float64, and half an ulp of each step may add up.
        const tolerance = SIGNS.includes(name) ? 50 * 2 ** -24 : 1e-6;
        assert.ok(Math.abs(p - b.param[i]) <= tolerance, `${name} ${JSON.stringify(hyper)} step ${step}`);
      });
    });
  }
});

for (const [what, gigabytes] of [
  ['offsets above 2 GiB work, up to the last byte of a 4 GiB memory', 4],
  ['offsets above 4 GiB work, up to the last byte of a 16 GiB memory', 16],
] as const)
  test(what, (t) => {
    let memory: WebAssembly.Memory;
    try {
      // Address space only: pages that are never touched cost nothing.
      memory = allocate(gigabytes * 2 ** 30);
    } catch {
      return t.skip(`this machine does not give ${gigabytes} GiB of address space`);
    }
    const count = 37;
    const end = gigabytes * 2 ** 30;
    const view = (at: number) => new Float32Array(memory.buffer, at, count);
    const [param, grad, m] = [end - 4 * count, end / 2 - 8, (end / 4) * 3 + 4];
    for (const machineCode of ways) {
      const kernel = compileUpdate(optimizer('sgd'), bed('sgd', {}, 1).hyper, { memory, machineCode });
      view(param).fill(1);
      view(grad).fill(2);
      view(m).fill(0);
      kernel.run({ param, grad, state: [m], count, lr: 0.25, step: 0, gradScale: 1 });
      assert.ok(view(param).every((p) => p === 0.5));
      assert.ok(view(m).every((p) => p === 2));
      const { sumSquares } = compileReductions({ memory, machineCode });
      assert.equal(sumSquares(param, count), 37 / 4);
      // 32-bit addresses wrap at 4 GiB.
      if (gigabytes > 4) assert.throws(() => sumSquares(param + 4, count), WebAssembly.RuntimeError);
    }
  });

test('more than one memory can hold is one clear line', () => {
  assert.throws(() => allocate(2 ** 34 + 1), UserError);
});

test('a shared memory and a memory that has grown work too', () => {
  const kinds = [{ initial: 2, maximum: 4, shared: true }, { initial: 1 }];
  for (const [machineCode, kind] of ways.flatMap((way) => kinds.map((kind) => [way, kind] as const))) {
    const memory = new WebAssembly.Memory(kind);
    const hyper = bed('sgd', { momentum: 0 }, 1).hyper;
    const kernel = compileUpdate(optimizer('sgd'), hyper, { memory, machineCode });
    memory.grow(1);
    const last = memory.buffer.byteLength - 4;
    new Float32Array(memory.buffer, 0, 1)[0] = 3;
    kernel.run({ param: last, grad: 0, state: [], count: 1, lr: 1, step: 0, gradScale: 1 });
    assert.equal(new Float32Array(memory.buffer, last, 1)[0], -3);
  }
});

test('misuse is an error: wrong number of state buffers, ranges outside the memory', () => {
  for (const machineCode of ways) {
    const { kernel } = bed('adam', {}, 1, { place: { memory: memories()['32 bits'], machineCode } });
    const args = { param: 0, grad: 64, state: [128, 192], count: 1, lr: 1, step: 0, gradScale: 1 };
    assert.throws(() => kernel.run({ ...args, state: [128] }), /adam keeps 2 state buffers \(m,v\), got 1/);
    assert.throws(() => kernel.run({ ...args, count: 1e6 }), WebAssembly.RuntimeError);
    assert.throws(() => kernel.run({ ...args, param: -4 }), WebAssembly.RuntimeError);
  }
});

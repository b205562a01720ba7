// Micro-batch squares in the engine: against gradients of the sequences one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';
import { createEngine } from './engine.ts';
import { squaresWanted } from './squares.ts';
import { relative, sequencesOf, tinyConfig } from './targets/gpu/same-as-cpu.testing.ts';
import { host } from './targets/host.ts';

const open = (name: string, hyper: Record<string, number> = {}) =>
  createEngine(tinyConfig(name, hyper), host);

test('the state holds the sum of squared micro-batch gradients, the gradient their sum, and the update uses them up', async () => {
  const engine = await open('invadam', { micro: 2 });
  const plain = await open('sgd');
  try {
    for (const one of [engine, plain]) one.initialize(1);
    const sequences = sequencesOf(7, 1);
    // A gradient that no update has used leaves nothing behind.
    await engine.gradient(sequencesOf(5, 2), 5);
    const loss = await engine.gradient(sequences, 7);
    const width = sequences.length / 7;
    const squares = new Float32Array(engine.params.length);
    for (let from = 0; from < 7; from += 2) {
      const size = Math.min(2, 7 - from);
      await plain.gradient(sequences.subarray(from * width, (from + size) * width), size);
      plain.grads.forEach((g, i) => (squares[i] += g * g));
    }
    assert.ok(relative(engine.state.squares, squares) < 1e-6);
    assert.ok(Math.abs(loss - (await plain.gradient(sequences, 7))) < 1e-6);
    assert.ok(relative(engine.grads, plain.grads) < 1e-5);
    assert.ok(Math.abs(engine.gradNorm() / plain.gradNorm() - 1) < 1e-5);
    engine.update({ lr: 1e-4, step: 0, clip: null });
    assert.ok(engine.state.squares.every((x) => x === 0));
    // v is the mean of squares of micro-batch means, as the rule has it: k = 3.5 micro-batches.
    const mean = squares.map((x) => (x * 3.5) / 49);
    const gain = 1 - 0.999 ** 3.5;
    assert.ok(
      relative(
        engine.state.v,
        mean.map((x) => gain * x),
      ) < 1e-5,
    );
  } finally {
    await engine.close();
    await plain.close();
  }
});

test('a gradient that did not come from the engine is one micro-batch', async () => {
  const engine = await open('invadam');
  try {
    engine.initialize(1);
    await engine.gradient(sequencesOf(4, 1), 4);
    engine.update({ lr: 0, step: 0, clip: null });
    engine.grads.fill(2);
    engine.update({ lr: 0, step: 0, clip: null });
    const before = engine.state.v.slice();
    engine.grads.fill(2);
    engine.update({ lr: 0, step: 0, clip: null });
    // Scaled by the 4 sequences of the last gradient: (2 / 4)^2.
    engine.state.v.forEach((v, i) => {
      assert.ok(Math.abs(v - (0.999 * before[i] + 0.001 * 0.25)) < 1e-6, `${v} after ${before[i]}`);
    });
  } finally {
    await engine.close();
  }
});

test('parts with micro-batches of two sizes are refused; rules that ask for nothing get nothing', () => {
  const name = 'rest=invadam,head=invadam';
  const def = optimizer(name);
  const hyper = resolveHyper(name, { 'head.micro': 4 });
  assert.throws(
    () => squaresWanted(def, hyper),
    (e) => e instanceof UserError && /1 and 4 sequences|4 and 1/.test(e.message),
  );
  assert.equal(squaresWanted(optimizer('adam'), resolveHyper('adam')), undefined);
  const graft = 'sgd#invadam';
  assert.deepEqual(squaresWanted(optimizer(graft), resolveHyper(graft)), {
    buffers: ['invadam.squares'],
    sequences: 1,
  });
});

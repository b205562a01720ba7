// The engine against the float64 reference, and against itself: however a batch is cut into pieces.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import { gradients } from '../graph/grad.ts';
import { evaluate } from '../graph/reference.ts';
import { initialize, parameterCount, parameters } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import { transformer } from '../model/transformer.ts';
import { referenceState, referenceStep } from '../optim/reference.ts';
import { optimizer, resolveHyper } from '../optim/registry.ts';
import { createEngine, type Engine } from './engine.ts';
import { defaultMicroBatch } from './micro-batch.ts';
import { host } from './targets/host.ts';

const model = modelPreset('tiny', { vocabSize: 50, dim: 8, ffnDim: 12, seqLen: 6, layers: 2, initStd: 0.3 });
const count = parameterCount(model);
const open: Engine[] = [];
after(() => Promise.all(open.map((engine) => engine.close())));

async function engineOf(microBatch: number, name = 'adam', partial: Record<string, number> = {}) {
  const hyper = resolveHyper(name, partial);
  const engine = await createEngine({ model, optimizer: { name, hyper }, microBatch, threads: 1 }, host);
  open.push(engine);
  engine.initialize(1);
  return engine;
}

function sequencesOf(batch: number, seed = 1): Int32Array {
  const rng = createRng(seed, 'sequences');
  return Int32Array.from({ length: batch * (model.seqLen + 1) }, () => rng.below(model.vocabSize));
}

/** Mean loss and its gradient in float64. */
function reference(params: Float32Array, sequences: Int32Array, batch: number) {
  const graph = transformer(model, batch);
  /** The tokens `by` further on, time outermost. */
  const rows = (by: number) =>
    Array.from({ length: batch * model.seqLen }, (_, i) => {
      return sequences[(i % batch) * (model.seqLen + 1) + Math.floor(i / batch) + by];
    });
  const feeds: Record<string, ArrayLike<number>> = { ids: rows(0), targets: rows(1) };
  for (const p of parameters(model)) feeds[p.name] = params.subarray(p.offset, p.offset + p.size);
  const [loss, ...grads] = evaluate([graph.loss, ...gradients(graph.loss, graph.parameters)], feeds);
  return { loss: loss.data[0], grads: Float64Array.from(grads.flatMap(({ data }) => [...data])) };
}

/** Norm of the difference relative to the norm of `b`. */
function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const square = (f: (i: number) => number) => Array.from(b, (_, i) => f(i) ** 2).reduce((x, y) => x + y, 0);
  assert.equal(a.length, b.length);
  return Math.sqrt(square((i) => a[i] - b[i]) / square((i) => b[i]));
}

test('loss, gradient and its norm are those of the reference', async () => {
  const engine = await engineOf(4);
  const sequences = sequencesOf(4);
  const expected = reference(engine.params, sequences, 4);
  const loss = await engine.gradient(sequences, 4);
  assert.ok(Math.abs(loss - expected.loss) < 1e-6 * expected.loss);
  // The engine's gradient is that of the sum over sequences.
  const sum = expected.grads.map((g) => 4 * g);
  assert.ok(relative(engine.grads, sum) < 2e-6, `${relative(engine.grads, sum)}`);
  assert.ok(Math.abs(engine.gradNorm() / Math.hypot(...expected.grads) - 1) < 2e-6);
  assert.ok(Math.abs((await engine.loss(sequences, 4)) - expected.loss) < 1e-6 * expected.loss);
});

test('a batch in pieces of any size, with a remainder or not, gives the gradient of the whole', async () => {
  const whole = await engineOf(16);
  const pieced = await Promise.all([1, 2, 3, 4, 5, 7, 16].map((micro) => engineOf(micro)));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 16 }), fc.nat(6), fc.nat(), async (batch, which, seed) => {
      const sequences = sequencesOf(batch, seed);
      const [loss, other] = [
        await whole.gradient(sequences, batch),
        await pieced[which].gradient(sequences, batch),
      ];
      assert.ok(Math.abs(loss - other) < 1e-6 * loss, `loss ${other}, not ${loss}`);
      const error = relative(pieced[which].grads, whole.grads);
      assert.ok(error < 2e-6, `gradient off by ${error}`);
      assert.ok(Math.abs(pieced[which].gradNorm() / whole.gradNorm() - 1) < 2e-6);
    }),
    { numRuns: 40 },
  );
});

test('a gradient replaces the one before, whatever their batches', async () => {
  const engine = await engineOf(3);
  const sequences = sequencesOf(7);
  await engine.gradient(sequences, 7);
  const first = engine.grads.slice();
  await engine.gradient(sequencesOf(11, 2), 11);
  assert.notDeepEqual(engine.grads, first);
  await engine.gradient(sequences, 7);
  assert.deepEqual(engine.grads, first);
});

test('activations computed again: the same bits, in one piece and in several', async () => {
  const hyper = resolveHyper('sgd');
  for (const microBatch of [2, 4]) {
    const [plain, again] = await Promise.all(
      [false, true].map((recompute) =>
        createEngine({ model, optimizer: { name: 'sgd', hyper }, microBatch, threads: 1, recompute }, host),
      ),
    );
    open.push(plain, again);
    const losses: number[] = [];
    for (const engine of [plain, again]) {
      engine.initialize(2);
      losses.push(await engine.gradient(sequencesOf(4), 4));
    }
    assert.equal(losses[0], losses[1]);
    assert.deepEqual(again.grads, plain.grads);
    assert.ok(again.grads.some((g) => g !== 0));
  }
});

test('equal engines give equal bits, and the loss changes nothing', async () => {
  const [a, b] = [await engineOf(3), await engineOf(3)];
  const sequences = sequencesOf(7);
  const losses = [await a.gradient(sequences, 7), await b.gradient(sequences, 7)];
  assert.equal(losses[0], losses[1]);
  assert.deepEqual(a.grads, b.grads);
  const before = { params: a.params.slice(), m: a.state.m.slice(), v: a.state.v.slice() };
  await a.loss(sequencesOf(9, 5), 9);
  assert.deepEqual({ params: a.params, ...a.state }, before);
  assert.deepEqual(a.grads, b.grads);
});

for (const [name, partial, clip] of [
  ['sgd', { momentum: 0.9 }, null],
  ['sgd', { momentum: 0.9 }, 0.1],
  ['adam', {}, 0.1],
  ['adamw', { weightDecay: 0.3 }, 1e6],
] as [string, Record<string, number>, number | null][])
  test(`${name} ${JSON.stringify(partial)} with clip ${clip}: three updates are those of the reference`, async () => {
    const engine = await engineOf(2, name, partial);
    const def = optimizer(name);
    const hyper = resolveHyper(name, partial);
    const param = [...engine.params];
    const state = referenceState(def, hyper, count);
    for (const step of [0, 1, 2]) {
      const sequences = sequencesOf(5, step);
      await engine.gradient(sequences, 5);
      const mean = [...engine.grads].map((g) => g / 5);
      const norm = Math.hypot(...mean);
      const factor = clip === null ? 1 : Math.min(1, clip / norm);
      const at = { lr: 0.05, step, clip };
      const { gradNorm, clipped } = engine.update(at);
      assert.ok(Math.abs(gradNorm / norm - 1) < 1e-6);
      assert.equal(clipped, factor < 1);
      referenceStep(def, hyper, { param, grad: mean.map((g) => g * factor), state, lr: at.lr, step });
      assert.ok(relative(engine.params, param) < 1e-5, `step ${step}: ${relative(engine.params, param)}`);
      def.state(hyper).forEach((key, i) => {
        const error = relative(engine.state[key], state[i]);
        assert.ok(error < 1e-4, `step ${step}, ${key}: ${error}`);
      });
    }
  });

test('initialize fills the parameters and clears the state', async () => {
  const engine = await engineOf(2);
  const sequences = sequencesOf(2);
  await engine.gradient(sequences, 2);
  engine.update({ lr: 0.1, step: 0, clip: null });
  assert.ok(engine.state.m.some((v) => v !== 0));
  engine.initialize(5);
  const expected = new Float32Array(count);
  initialize(model, 5, expected);
  assert.deepEqual(engine.params, expected);
  assert.ok([...engine.state.m, ...engine.state.v].every((v) => v === 0));
});

test('more sequences than the loss takes at once', async () => {
  const large = defaultMicroBatch(model, 1e9);
  const batch = large + 3;
  const engine = await engineOf(8);
  const sequences = sequencesOf(batch);
  const half = Math.floor(batch / 2);
  const halves = [
    await engine.loss(sequences, half),
    await engine.loss(sequences.subarray(half * (model.seqLen + 1)), batch - half),
  ];
  const mean = (half * halves[0] + (batch - half) * halves[1]) / batch;
  const all = await engine.loss(sequences, batch);
  assert.ok(Math.abs(mean - all) < 1e-5, `${mean}, ${all}`);
});

test('a token beyond the vocabulary is an error, not a number', async () => {
  const engine = await engineOf(1);
  await assert.rejects(engine.gradient(sequencesOf(1).fill(model.vocabSize), 1));
});

test('a closed engine does not run, and may be closed again', async () => {
  const engine = await engineOf(1);
  await engine.gradient(sequencesOf(1), 1);
  await engine.close();
  await engine.close();
  await assert.rejects(engine.gradient(sequencesOf(1), 1));
});

test('what cannot be held or named is one line', async () => {
  const create = (name: string, size = model) =>
    createEngine(
      { model: size, optimizer: { name, hyper: resolveHyper('sgd') }, microBatch: 1, threads: 1 },
      host,
    );
  const oneLine = (pattern: RegExp) => (error: Error) =>
    error instanceof UserError && pattern.test(error.message) && !error.message.includes('\n');
  const huge = modelPreset('1b', { layers: 48 });
  await assert.rejects(create('sgd', huge), oneLine(/need 29\.9 GiB, the engine holds 16/));
  await assert.rejects(create('sdg'), oneLine(/unknown optimizer "sdg"/));
});

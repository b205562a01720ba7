// The probes' view of a model against the training engine's, and Hessian-vector products against float64.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { hessianVector } from '../graph/hessian.ts';
import { input } from '../graph/ops/source.ts';
import { evaluate } from '../graph/reference.ts';
import { parameterCount, parameters } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import { transformer } from '../model/transformer.ts';
import { createEngine, type Engine } from './engine.ts';
import type { Sequences } from './hessian.ts';
import { openHessian } from './hessian.ts';
import { createProbeModel, type ProbeModel } from './probing.ts';
import { host } from './targets/host.ts';

// Nine sequences make pieces of four: the last one is smaller.
const model = modelPreset('tiny', { vocabSize: 2 ** 13, dim: 8, ffnDim: 6, seqLen: 32, initStd: 0.4 });
const rng = createRng(5, 'probing.test');
const batch: Sequences = { count: 9, ids: Int32Array.from({ length: 9 * 33 }, () => rng.below(2 ** 13)) };
const count = parameterCount(model);
const random = (size = count) => Float32Array.from({ length: size }, () => rng.normal());

let engine: Engine;
let probe: ProbeModel;
before(async () => {
  const optimizer = { name: 'sgd', hyper: { momentum: 0, dampening: 0, nesterov: 0, weightDecay: 0 } };
  engine = await createEngine({ model, optimizer, microBatch: 4, threads: 1 }, host);
  engine.initialize(1);
  probe = createProbeModel({ model, params: engine.params, threads: 1 }, host);
});
after(async () => {
  await probe.close();
  await engine.close();
});

/** Largest difference relative to the largest value. */
function relative(a: Float32Array, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs(a[i] - b[i]));
    largest = Math.max(largest, Math.abs(a[i]));
  }
  return worst / largest;
}

test('loss, losses by token and gradient are those of the engine', async () => {
  const loss = await engine.gradient(batch.ids, batch.count);
  const grads = new Float32Array(count);
  assert.ok(Math.abs((await probe.gradient(batch, grads)) / loss - 1) < 1e-6);
  assert.ok(
    relative(
      grads,
      engine.grads.map((g) => g / batch.count),
    ) < 1e-5,
  );
  assert.ok(Math.abs((await probe.loss(batch)) / loss - 1) < 1e-6);
  const losses = await probe.tokenLosses(batch);
  assert.equal(losses.length, 9 * 32);
  assert.ok(Math.abs(losses.reduce((a, b) => a + b) / losses.length / loss - 1) < 1e-5);
  const last = { count: 1, ids: batch.ids.subarray(8 * 33) };
  assert.deepEqual(losses.slice(8 * 32), await probe.tokenLosses(last));
});

test('the parameters are read at every call', async () => {
  const before = await probe.loss(batch);
  engine.params[count - 1] += 5;
  assert.notEqual(await probe.loss(batch), before);
  engine.params[count - 1] -= 5;
});

test('Hessian-vector products, whole and by block, agree with float64', async () => {
  const small = modelPreset('tiny', { vocabSize: 9, dim: 8, ffnDim: 6, seqLen: 4, initStd: 0.4 });
  const table = parameters(small);
  const params = random(parameterCount(small)).map((x) => x / 2);
  const v = random(params.length);
  const ids = Int32Array.from({ length: 3 * 5 }, () => rng.below(9));
  const graph = transformer(small, 3);
  const along = table.map((p) => input(`along:${p.name}`, p.shape));
  const feeds: Record<string, ArrayLike<number>> = {
    // Time is outermost.
    ids: Array.from({ length: 12 }, (_, row) => ids[(row % 3) * 5 + Math.floor(row / 3)]),
    targets: Array.from({ length: 12 }, (_, row) => ids[(row % 3) * 5 + Math.floor(row / 3) + 1]),
  };
  for (const p of table) {
    feeds[p.name] = params.subarray(p.offset, p.offset + p.size);
    feeds[`along:${p.name}`] = v.subarray(p.offset, p.offset + p.size);
  }
  const other = createProbeModel({ model: small, params, threads: 1 }, host);
  try {
    const whole = new Float32Array(params.length);
    const all = await other.hessian({ ids, count: 3 });
    await all.times(v, whole);
    const expected = evaluate(hessianVector(graph.loss, graph.parameters, along), feeds);
    assert.ok(
      relative(
        whole,
        expected.flatMap(({ data }) => [...data]),
      ) < 1e-5,
    );
    // Another vector, and the first again: nothing is left of the one between.
    const again = new Float32Array(params.length);
    await all.times(params, again);
    await all.times(v, again);
    await all.close();
    assert.deepEqual(again, whole);
    for (const [i, p] of table.entries()) {
      const block = new Float32Array(p.size);
      const own = await other.hessian({ ids, count: 3 }, i);
      await own.times(v.subarray(p.offset, p.offset + p.size), block);
      await own.close();
      const [{ data }] = evaluate(hessianVector(graph.loss, [graph.parameters[i]], [along[i]]), feeds);
      assert.ok(relative(block, data) < 1e-5, p.name);
    }
  } finally {
    await other.close();
  }
});

test('a Hessian too large to keep gives the same bits', async () => {
  const v = random();
  const products: Float32Array[] = [];
  const options = { model, params: engine.params, threads: 1, batch, of: parameters(model) };
  for (const mostKept of [undefined, 0, 2_000_000]) {
    const hessian = await openHessian({ ...options, mostKept }, host);
    products.push(new Float32Array(count));
    await hessian.times(v, products.at(-1)!);
    await hessian.close();
  }
  assert.deepEqual(products[1], products[0]);
  assert.deepEqual(products[2], products[0]);
});

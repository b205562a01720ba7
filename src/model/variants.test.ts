// Models of other layers against PyTorch (fixtures/record_variants.py made the recording):
// loss, logits, gradients and a Hessian-vector product, by the reference evaluator and by ONNX Runtime;
// and what holds of all of them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { evaluate } from '../graph/reference.ts';
import { resolveHyper } from '../optim/registry.ts';
import { createEngine } from '../runtime/engine.ts';
import { runGraph } from '../runtime/run-graph.testing.ts';
import { host } from '../runtime/targets/host.ts';
import { recordedModel, relative } from '../train/recorded.testing.ts';
import { readSafetensors } from '../train/safetensors.ts';
import type { ModelConfig } from './config.ts';
import { activations } from './cost.ts';
import { initialize, parameterCount, parameters } from './parameters.ts';
import { checkModel, modelPreset } from './presets.ts';
import { transformer } from './transformer.ts';
import { variants } from './variants.testing.ts';

const { tensors } = readSafetensors(join(import.meta.dirname, 'fixtures/variants.safetensors'));
const recorded: ModelConfig = {
  ...{ vocabSize: 12, dim: 8, layers: 2, heads: 2, ffnDim: 12, seqLen: 6 },
  ...{ ropeTheta: 100, normEps: 1e-3, initStd: 0.02 },
};
const recordings: Record<string, Partial<ModelConfig>> = {
  ...variants,
  // The penalty large enough to be seen.
  moe: { ...variants.moe, balance: 0.3 },
};

for (const [name, words] of Object.entries(recordings))
  test(`${name}: loss, logits, every gradient and Hessian product are PyTorch's`, async () => {
    const { named, theirs, feeds } = recordedModel(
      checkModel({ ...recorded, ...words }),
      tensors,
      `${name}.`,
    );
    evaluate(Object.values(named), feeds).forEach(({ data }, i) => {
      const key = Object.keys(named)[i];
      // The recording is rounded to float32.
      assert.ok(
        relative(data, theirs[key]) < 1.5e-7,
        `${key} in float64: off by ${relative(data, theirs[key])}`,
      );
    });
    const run = await runGraph(named, feeds);
    for (const key of Object.keys(named))
      assert.ok(
        relative(run[key], theirs[key]) < 2e-5,
        `${key} in ONNX Runtime: off by ${relative(run[key], theirs[key])}`,
      );
  });

test('the recording has every variant, and nothing else', () => {
  const names = new Set(Object.keys(tensors).map((key) => key.split('.')[0]));
  names.delete('rows');
  assert.deepEqual([...names].sort(), Object.keys(recordings).sort());
});

const tiny = (words: Partial<ModelConfig>, more: Partial<ModelConfig> = {}) =>
  modelPreset('tiny', { vocabSize: 50, dim: 16, seqLen: 8, layers: 2, ...words, ...more });

for (const [name, words] of Object.entries(variants)) {
  test(`${name}: a few steps lower the loss, in pieces or at once, activations kept or computed again`, async () => {
    const model = tiny(words);
    const rng = createRng(1, 'sequences');
    // Ids that can be predicted: each is followed by its successor.
    const firsts = Array.from({ length: 6 }, () => rng.below(50));
    const sequences = Int32Array.from(
      { length: 6 * 9 },
      (_, i) => (firsts[Math.floor(i / 9)] + (i % 9)) % 50,
    );
    const losses: number[][] = [];
    for (const options of [{ microBatch: 6 }, { microBatch: 6, recompute: true }, { microBatch: 4 }]) {
      const optimizer = { name: 'adam', hyper: resolveHyper('adam') };
      const engine = await createEngine({ model, optimizer, threads: 1, ...options }, host);
      engine.initialize(1);
      const seen: number[] = [];
      for (let step = 0; step < 20; step++) {
        seen.push(await engine.gradient(sequences, 6));
        engine.update({ lr: 0.01, step, clip: 1 });
      }
      await engine.close();
      losses.push(seen);
    }
    const [whole, again, pieces] = losses;
    assert.ok(Math.abs(whole[0] - Math.log(50)) < 0.2, `begins at ${whole[0]}`);
    assert.ok(whole[19] < 0.7 * whole[0], `${whole[0]} to ${whole[19]}`);
    assert.deepEqual(again, whole);
    // The penalty of a mixture of experts is one of each piece.
    const bound = model.balance === undefined ? 1e-3 : 0.05;
    pieces.forEach((loss, i) =>
      assert.ok(Math.abs(loss - whole[i]) < bound, `step ${i}: ${loss}, ${whole[i]}`),
    );
  });

  test(`${name}: activations computed again are fewer`, () => {
    const model = modelPreset('nano', { layers: 8, vocabSize: 64, ...words });
    const [kept, again] = [false, true].map((recompute) => activations(model, 2, recompute).peak);
    assert.ok(again < 0.6 * kept, `${again} of ${kept}`);
  });

  test(`${name}: initial values`, () => {
    const model = tiny(words);
    const flat = new Float32Array(parameterCount(model));
    initialize(model, 1, flat);
    for (const { name: its, kind, std, offset, size } of parameters(model)) {
      const part = flat.subarray(offset, offset + size);
      if (kind === 'norm')
        assert.ok(
          part.every((v) => v === (its.endsWith('Bias') ? 0 : 1)),
          its,
        );
      else {
        const found = Math.sqrt(part.reduce((sum, v) => sum + v * v, 0) / size);
        assert.ok(Math.abs(found / std - 1) < 5 / Math.sqrt(2 * size), `${its}: ${found}, not ${std}`);
      }
    }
  });
}

test('the loss that is told has no penalty in it, the gradient has', () => {
  const plain = tiny({ ...variants.moe, balance: undefined });
  const graph = transformer(plain, 2);
  assert.equal(graph.objective, graph.loss);
  const penalised = transformer(tiny(variants.moe), 2);
  assert.notEqual(penalised.objective, penalised.loss);
  const feeds: Record<string, ArrayLike<number>> = {
    ids: new Array(16).fill(1),
    targets: new Array(16).fill(2),
  };
  const flat = new Float32Array(parameterCount(plain));
  initialize(plain, 1, flat);
  for (const p of parameters(plain)) feeds[p.name] = flat.subarray(p.offset, p.offset + p.size);
  const [[loss], [same], [objective]] = [graph.loss, penalised.loss, penalised.objective].map(
    (t) => evaluate([t], feeds)[0].data,
  );
  assert.equal(loss, same);
  // At the start routers are nearly indifferent: each of two layers adds about 0.01 times one.
  assert.ok(Math.abs(objective - loss - 0.02) < 0.005, `${objective - loss}`);
});

test('a mixture whose experts are all chosen, and all the same, is one expert times the shares, which sum to one', () => {
  const moe = tiny({ mlp: 'moe', experts: 3, topK: 3 });
  const dense = tiny({});
  const feedsOf = (model: ModelConfig) => {
    const flat = new Float32Array(parameterCount(model));
    initialize(model, 1, flat);
    return Object.fromEntries(
      parameters(model).map((p) => [p.name, flat.subarray(p.offset, p.offset + p.size)]),
    );
  };
  const ids = Array.from({ length: 16 }, (_, i) => (7 * i) % 50);
  const [one, many] = [feedsOf(dense), feedsOf(moe)];
  for (const name of Object.keys(many))
    if (one[name])
      for (let e = 0; e < many[name].length / one[name].length; e++)
        many[name].set(one[name], e * one[name].length);
  const [a, b] = [
    evaluate([transformer(dense, 2).logits], { ...one, ids })[0].data,
    evaluate([transformer(moe, 2).logits], { ...many, ids })[0].data,
  ];
  assert.ok(relative(b, a) < 1e-12);
});

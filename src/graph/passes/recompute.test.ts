// Recomputed graphs against the ones that they are made from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../core/rng.ts';
import { initialize, parameterCount, parameters } from '../../model/parameters.ts';
import { modelPreset } from '../../model/presets.ts';
import { transformer } from '../../model/transformer.ts';
import { gradients } from '../grad.ts';
import { exp, mul } from '../ops/elementwise.ts';
import { sumAll } from '../ops/reduce.ts';
import { input } from '../ops/source.ts';
import { evaluate } from '../reference.ts';
import { reachable, sizeOf } from '../tensor.ts';
import { recompute } from './recompute.ts';

const model = modelPreset('tiny', { vocabSize: 40, dim: 8, ffnDim: 12, seqLen: 6, layers: 3, initStd: 0.3 });
const batch = 2;

function plain() {
  const graph = transformer(model, batch);
  return { loss: graph.loss, results: [graph.loss, ...gradients(graph.loss, graph.parameters)] };
}

test('the same numbers', () => {
  const { loss, results } = plain();
  const rng = createRng(1, 'recompute');
  const flat = new Float32Array(parameterCount(model));
  initialize(model, 1, flat);
  const ids = () => Int32Array.from({ length: batch * model.seqLen }, () => rng.below(model.vocabSize));
  const feeds: Record<string, ArrayLike<number>> = { ids: ids(), targets: ids() };
  for (const p of parameters(model)) feeds[p.name] = flat.subarray(p.offset, p.offset + p.size);
  assert.deepEqual(evaluate(recompute(loss, results), feeds), evaluate(results, feeds));
});

test('the backward pass reads of the forward pass the residual stream, and what follows it', () => {
  const { loss, results } = plain();
  const forward = new Set(reachable([loss]));
  const read = (tensors: typeof results) =>
    new Set(
      reachable(tensors)
        .filter((node) => !forward.has(node))
        .flatMap(({ inputs }) => inputs)
        .filter(({ node }) => forward.has(node) && node.inputs.length > 0),
    );
  const before = read(results);
  const after = read(recompute(loss, results));
  const stream = [batch * model.seqLen, model.dim].join();
  // The embedding, two per layer, the last norm; and of the head the norm's output,
  // logits' probabilities and the loss.
  const sizes = [...after].map(({ shape }) => shape.join());
  assert.ok(sizes.filter((shape) => shape === stream).length <= 2 * model.layers + 2);
  const others = [...after].filter(({ shape }) => shape.join() !== stream && sizeOf(shape) > 1);
  assert.deepEqual(
    others.map(({ node }) => node.op.name),
    ['crossEntropy'],
  );
  assert.ok(before.size > 3 * after.size);
});

test('a segment waits for the gradient that leads to it', () => {
  const { loss, results } = plain();
  const waits = reachable(recompute(loss, results)).filter(({ op }) => op.name === 'after');
  // Two segments a layer, and the last norm.
  assert.equal(waits.length, 2 * model.layers + 1);
  const forward = new Set(reachable([loss]));
  for (const { inputs } of waits) {
    assert.ok(forward.has(inputs[0].node));
    assert.ok(!forward.has(inputs[1].node));
  }
});

test('a graph without a place to cut stays as it is', () => {
  const [x, y] = [input('x', [3]), input('y', [3])];
  const loss = sumAll(mul(exp(mul(x, y)), exp(x)));
  const results = [loss, ...gradients(loss, [x, y])];
  assert.deepEqual(
    evaluate(recompute(loss, results), { x: [1, 2, 3], y: [0.1, 0.2, 0.3] }),
    evaluate(results, { x: [1, 2, 3], y: [0.1, 0.2, 0.3] }),
  );
});

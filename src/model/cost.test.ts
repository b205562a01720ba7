import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients } from '../graph/grad.ts';
import { type Node, reachable, sizeOf, type Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import { activations, countByKind, flopPerToken, memory } from './cost.ts';
import { parameterCount } from './parameters.ts';
import { modelPreset } from './presets.ts';
import { transformer } from './transformer.ts';
import { variants } from './variants.testing.ts';

test('160m has the 162M parameters of plainLM, by kind', () => {
  const d = 768;
  assert.deepEqual(countByKind(modelPreset('160m')), {
    embedding: 50280 * d,
    norm: 25 * d,
    attention: 12 * 4 * d * d,
    mlp: 12 * 3 * d * 2048,
    head: 50280 * d,
  });
});

test('parameters of the variants, by kind', () => {
  const nano = countByKind(modelPreset('nano'));
  const [d, layers] = [64, 2];
  const count = (words: Partial<ModelConfig>) => countByKind(modelPreset('nano', words));
  assert.deepEqual(count(variants.layernorm), { ...nano, norm: 2 * nano.norm });
  // Two matrices, half as wide again as three: as many parameters, unless a width is asked for.
  assert.deepEqual(count(variants.gelu), nano);
  assert.equal(count({ mlp: 'gelu', ffnDim: 4 * d }).mlp, layers * 8 * d * d);
  assert.deepEqual(count(variants.learned), { ...nano, embedding: nano.embedding + 64 * d });
  assert.deepEqual(count(variants.tied), { ...nano, embedding: 0 });
  assert.deepEqual(count(variants.post), { ...nano, norm: nano.norm - d });
  assert.deepEqual(count(variants.moe), { ...nano, mlp: 4 * nano.mlp + layers * 4 * d });
});

/** Multiplications and additions of the matrix products in `nodes`. */
function flop(nodes: Node[]): number {
  return nodes.reduce((sum, { op, inputs, outputs, attrs }) => {
    if (op.name === 'attention') return sum + 4 * sizeOf(outputs[1].shape) * inputs[0].shape.at(-1)!;
    if (op.name !== 'matmul') return sum;
    const { transA, outerA } = attrs as { transA: boolean; outerA: boolean };
    const inner = inputs[0].shape.at(transA ? (outerA ? 0 : -2) : -1)!;
    return sum + 2 * sizeOf(outputs[0].shape) * inner;
  }, 0);
}

test('FLOP per token are those of the graph', () => {
  const shapes = ['tiny', 'nano', '160m', 'nano-vision'].map((name) => modelPreset(name));
  const others = [...Object.values(variants), { objective: 'mlm' as const }].map((words) =>
    modelPreset('nano', words),
  );
  for (const config of [...shapes, ...others]) {
    const batch = 2;
    const tokens = batch * config.seqLen;
    const graph = transformer(config, batch);
    const grads: Tensor[] = gradients(graph.loss, graph.parameters);
    const said = flopPerToken(config);
    // Of 512 positions in pieces of 128, the pieces above the diagonal, 6 of 16, are never computed.
    const skipped = config.seqLen === 512 ? (6 / 16) * said.attention : 0;
    assert.equal((said.forward - skipped / 3) * tokens, flop(reachable([graph.loss])));
    // The norms' gradients hold a few thin products that the formula leaves out.
    const all = flop(reachable([graph.loss, ...grads]));
    assert.ok(
      Math.abs(((said.total - skipped) * tokens) / all - 1) < 0.01,
      `${JSON.stringify(config)}: ${(said.total - skipped) * tokens}, graph ${all}`,
    );
  }
});

test('activations: what is kept is at least logits-sized, grows with the batch, and the peak is above it', () => {
  const config = modelPreset('nano');
  const logits = 4 * config.seqLen * config.vocabSize;
  const [one, four] = [activations(config, 1), activations(config, 4)];
  assert.ok(one.kept >= logits && one.kept < 4 * logits, `${one.kept}`);
  assert.ok(one.peak > one.kept && one.peak < 2 * one.kept, `${one.peak}`);
  assert.equal(four.kept, 4 * one.kept);
});

test('activations computed again: a fraction in deep models', () => {
  const config = modelPreset('160m', { layers: 24, vocabSize: 2048 });
  const [kept, again] = [false, true].map((recompute) => activations(config, 1, recompute).peak);
  assert.ok(again < kept / 4, `${again} of ${kept}`);
});

test('memory: buffers of 4 bytes for weights, gradients and state, whatever the batch', () => {
  const config = modelPreset('tiny');
  const buffer = 4 * parameterCount(config);
  const whole = memory(config, { stateBuffers: 2, batchSize: 4, microBatch: 8 });
  assert.equal(whole.total - whole.activations, 4 * buffer);
  const pieces = memory(config, { stateBuffers: 0, batchSize: 8, microBatch: 4 });
  assert.equal(pieces.total - pieces.activations, 2 * buffer);
  assert.equal(pieces.activations, whole.activations);
});

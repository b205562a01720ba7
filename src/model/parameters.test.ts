// The flat buffer: where each parameter lies, under which names, and what it holds at the start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sizeOf } from '../graph/tensor.ts';
import { tensorsOf } from '../optim/rule.ts';
import type { ModelConfig } from './config.ts';
import { initialize, modelTensors, parameterCount, parameters } from './parameters.ts';
import { modelPreset } from './presets.ts';
import { transformer } from './transformer.ts';
import { variants } from './variants.testing.ts';

const nano = modelPreset('nano');
const shape = fc
  .record({
    vocabSize: fc.integer({ min: 2, max: 40 }),
    layers: fc.integer({ min: 1, max: 3 }),
    heads: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 1, max: 3 }),
    ffnDim: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ half, ...rest }) => ({ ...nano, ...rest, dim: 2 * half * rest.heads, seqLen: 4 }));
const variant = fc
  .tuple(shape, fc.constantFrom({}, ...Object.values(variants)))
  .map(([model, words]): ModelConfig => ({ ...model, ...words }));

const values = (model = nano, seed = 1) => {
  const out = new Float32Array(parameterCount(model));
  initialize(model, seed, out);
  return out;
};

test('parameters and their names in files cover the flat buffer exactly once, in order', () => {
  fc.assert(
    fc.property(variant, (model) => {
      const table = parameters(model);
      let at = 0;
      for (const p of table) {
        assert.equal(p.offset, at, p.name);
        assert.equal(p.size, sizeOf(p.shape));
        for (const part of p.llama) {
          assert.equal(part.offset, at, part.name);
          at += sizeOf(part.shape);
        }
      }
      assert.equal(at, parameterCount(model));
      const names = table.flatMap((p) => p.llama.map(({ name }) => name));
      assert.equal(new Set(names).size, names.length);
    }),
  );
});

test('a Llama has its tensors, three and nine for each layer', () => {
  fc.assert(
    fc.property(shape, (model) => {
      const names = parameters(model).flatMap((p) => p.llama);
      assert.equal(names.length, 3 + 9 * model.layers);
    }),
  );
});

test('what the graph fuses are tensors of their own in the exported model, for optimizers too', () => {
  const table = parameters(modelPreset('nano', { mlp: 'moe', experts: 4, topK: 2, ffnDim: 80 }));
  const tensors = tensorsOf(modelTensors(table));
  const named = new Map(modelTensors(table).map(({ name }, i) => [name, tensors[i]]));
  const matrix = (rows: number, columns: number) => ({ matrix: true, rows, columns });
  const attention = 'model.layers.0.self_attn.';
  for (const part of ['q', 'k', 'v', 'o'])
    assert.deepEqual(named.get(`${attention}${part}_proj.weight`)?.shape, matrix(64, 64));
  for (const expert of [0, 1, 2, 3]) {
    const name = `model.layers.1.mlp.experts.${expert}.`;
    assert.deepEqual(named.get(`${name}gate_proj.weight`)?.shape, matrix(80, 64));
    assert.deepEqual(named.get(`${name}down_proj.weight`)?.shape, matrix(64, 80));
  }
  assert.deepEqual(named.get('model.norm.weight')?.shape, { matrix: false, rows: 1, columns: 64 });
});

test('the tensors of the exported model cover the flat buffer without gaps', () => {
  fc.assert(
    fc.property(variant, (model) => {
      const table = parameters(model);
      let end = 0;
      for (const { offset, size } of modelTensors(table)) {
        assert.equal(offset, end);
        end += size;
      }
      assert.equal(end, parameterCount(model));
    }),
  );
});

test('the graph takes the parameters in the order and the shapes of the table', () => {
  fc.assert(
    fc.property(variant, (model) => {
      const graph = transformer(model, 2);
      const found = graph.parameters.map((t) => ({ ...(t.node.attrs as { name: string }), shape: t.shape }));
      parameters(model).forEach(({ name, shape }, i) => {
        assert.equal(found[i].name, name);
        assert.deepEqual(found[i].shape, shape);
      });
      assert.equal(found.length, parameters(model).length);
      assert.deepEqual(graph.logits.shape, [2 * model.seqLen, model.vocabSize]);
      assert.deepEqual(graph.loss.shape, []);
    }),
    { numRuns: 20 },
  );
});

test('Llama shapes of nano', () => {
  const shapes = Object.fromEntries(parameters(nano).flatMap((p) => p.llama.map((l) => [l.name, l.shape])));
  assert.deepEqual(shapes['model.embed_tokens.weight'], [2048, 64]);
  assert.deepEqual(shapes['model.layers.1.self_attn.k_proj.weight'], [64, 64]);
  assert.deepEqual(shapes['model.layers.1.mlp.up_proj.weight'], [176, 64]);
  assert.deepEqual(shapes['model.layers.1.mlp.down_proj.weight'], [64, 176]);
  assert.deepEqual(shapes['model.layers.0.post_attention_layernorm.weight'], [64]);
  assert.deepEqual(shapes['lm_head.weight'], [2048, 64]);
});

test('initial values: standard deviation .02, residual outputs scaled by 1 / sqrt(2 layers), norms one', () => {
  const model = modelPreset('nano', { layers: 3 });
  const flat = values(model);
  for (const { name, kind, offset, size } of parameters(model)) {
    const part = flat.subarray(offset, offset + size);
    if (kind === 'norm') {
      assert.ok(
        part.every((v) => v === 1),
        name,
      );
      continue;
    }
    const std = /attentionOut|down/.test(name) ? 0.02 / Math.sqrt(6) : 0.02;
    const mean = part.reduce((a, b) => a + b, 0) / size;
    const found = Math.sqrt(part.reduce((a, b) => a + (b - mean) ** 2, 0) / size);
    // Five standard errors of a mean and of a standard deviation.
    assert.ok(Math.abs(mean) < (5 * std) / Math.sqrt(size), `${name}: mean ${mean}`);
    assert.ok(Math.abs(found / std - 1) < 5 / Math.sqrt(2 * size), `${name}: std ${found}, not ${std}`);
    // Normal, not uniform: 4.55% lie beyond two standard deviations.
    const outside = part.filter((v) => Math.abs(v) > 2 * std).length / size;
    assert.ok(Math.abs(outside - 0.0455) < 5 * Math.sqrt(0.0434 / size), `${name}: ${outside} beyond 2 std`);
  }
});

test('initial values are a function of the seed, and of nothing else', () => {
  assert.deepEqual(values(nano, 7), values(nano, 7));
  const other = values(nano, 8);
  const same = values(nano, 7).filter((v, i) => v === other[i] && v !== 1);
  assert.equal(same.length, 0);
});

test('a parameter starts with the same values whatever the rest of the model is', () => {
  const wide = modelPreset('nano', { vocabSize: 300, ffnDim: 32, layers: 1 });
  const [small, large] = [values(wide), values(nano)];
  const part = (flat: Float32Array, model: typeof nano, name: string) => {
    const { offset, size } = parameters(model).find((p) => p.name === name)!;
    return flat.subarray(offset, offset + size);
  };
  assert.deepEqual(part(small, wide, 'layers.0.qkv'), part(large, nano, 'layers.0.qkv'));
  // The table of fewer tokens is the beginning of the other.
  assert.deepEqual(part(small, wide, 'embedding'), part(large, nano, 'embedding').subarray(0, 300 * 64));
});

test('parameters of different names are not correlated', () => {
  const flat = values();
  const table = parameters(nano).filter(({ kind }) => kind !== 'norm');
  for (const [i, a] of table.entries())
    for (const b of table.slice(i + 1)) {
      const n = Math.min(a.size, b.size);
      let product = 0;
      for (let k = 0; k < n; k++) product += flat[a.offset + k] * flat[b.offset + k];
      const correlation = product / (n * a.std * b.std);
      assert.ok(Math.abs(correlation) < 5 / Math.sqrt(n), `${a.name}, ${b.name}: ${correlation}`);
    }
});

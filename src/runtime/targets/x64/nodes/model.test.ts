// Whole models with kernels and without.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../../../core/rng.ts';
import { gradients } from '../../../../graph/grad.ts';
import { fuseOperations } from '../../../../graph/passes/fused/registry.ts';
import { fuseResiduals } from '../../../../graph/passes/fused/rms-norm.ts';
import { reachable } from '../../../../graph/tensor.ts';
import type { ModelConfig } from '../../../../model/config.ts';
import { exampleWidth } from '../../../../model/objectives/registry.ts';
import { initialize, parameterCount } from '../../../../model/parameters.ts';
import { modelPreset } from '../../../../model/presets.ts';
import { transformer } from '../../../../model/transformer.ts';
import type { Backend } from '../../../backend.ts';
import { createPieces } from '../../../pieces.ts';
import { noKernels, plainHost, vectorSets } from '../../../run-graph.testing.ts';
import { hostWith } from '../../host.ts';
import { kernelOf } from './registry.ts';

const skip = noKernels;

const tiny = { initStd: 0.3, layers: 2 };
const variants: Record<string, ModelConfig> = {
  usual: modelPreset('tiny', tiny),
  'tied embeddings': modelPreset('tiny', { ...tiny, embeddings: 'tied' }),
  'learned positions': modelPreset('tiny', { ...tiny, positions: 'learned' }),
  'norms after, of layers': modelPreset('tiny', { ...tiny, norm: 'layernorm', normPlace: 'post' }),
  'RMSNorm after': modelPreset('tiny', { ...tiny, normPlace: 'post' }),
  gelu: modelPreset('tiny', { ...tiny, mlp: 'gelu' }),
  experts: modelPreset('tiny', { ...tiny, mlp: 'moe', experts: 4, topK: 2, balance: 0.01 }),
  'masked tokens': modelPreset('tiny', { ...tiny, objective: 'mlm' }),
  images: modelPreset('tiny-vision', tiny),
  'heads that there is no kernel for': modelPreset('tiny', { ...tiny, heads: 4, seqLen: 20 }),
  'attention in pieces': modelPreset('tiny', { ...tiny, layers: 1, seqLen: 512 }),
};

/** Examples with entries that any model has. */
function examples(model: ModelConfig, count: number): Int32Array {
  const rng = createRng(1, 'nodes');
  return Int32Array.from({ length: count * exampleWidth(model) }, () => rng.below(8));
}

async function gradientOf(
  model: ModelConfig,
  open: Backend,
  config: { threads?: number; microBatch?: number; recompute?: boolean } = {},
) {
  const params = new Float32Array(parameterCount(model));
  const grads = new Float32Array(params.length);
  initialize(model, 1, params);
  const pieces = createPieces({ model, threads: 1, microBatch: 3, params, grads, ...config }, open);
  const sequences = examples(model, 3);
  const loss = await pieces.gradient(sequences, 3);
  const evaluated = await pieces.loss(sequences, 3);
  await pieces.close();
  return { loss, evaluated, grads };
}

for (const [name, model] of Object.entries(variants))
  test(`${name}: loss and gradient as ONNX Runtime has them`, { skip }, async () => {
    for (const config of [{}, { threads: 2 }, { microBatch: 2 }, { recompute: true }]) {
      const expected = await gradientOf(model, plainHost, config);
      const largest = expected.grads.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      assert.ok(largest > 0.01);
      for (const set of vectorSets) {
        const found = await gradientOf(
          model,
          hostWith(() => set),
          config,
        );
        const what = `${set.name} ${JSON.stringify(config)}`;
        assert.ok(Math.abs(found.loss - expected.loss) < 2e-6 * expected.loss, what);
        assert.ok(Math.abs(found.evaluated - expected.evaluated) < 2e-6 * expected.loss, what);
        const off = found.grads.reduce((most, g, i) => Math.max(most, Math.abs(g - expected.grads[i])), 0);
        assert.ok(off < 1e-5 * largest, `${what}: ${off} of ${largest}`);
      }
    }
  });

test('the same bits each time, and when activations are computed again', { skip }, async () => {
  for (const set of vectorSets)
    for (const threads of [1, 2]) {
      const backend = hostWith(() => set);
      const [first, second, again] = [
        await gradientOf(variants.usual, backend, { threads }),
        await gradientOf(variants.usual, backend, { threads }),
        await gradientOf(variants.usual, backend, { threads, recompute: true }),
      ];
      assert.deepEqual(second, first);
      assert.deepEqual(again, first);
    }
});

test('a language model is trained by kernels alone, but for one factor', { skip }, () => {
  for (const set of vectorSets)
    for (const name of ['tiny', 'nano', '1m', '10m']) {
      const graph = transformer(modelPreset(name), 1);
      const has = (node: Parameters<typeof kernelOf>[0]) => kernelOf(node, 1, set) !== undefined;
      const [loss] = fuseOperations([graph.loss], has);
      const nodes = reachable(fuseResiduals([loss, ...gradients(loss, graph.parameters)]));
      const others = nodes.filter((node) => node.inputs.length > 0 && !has(node));
      assert.deepEqual(
        others.map(({ op }) => op.name),
        ['scale'],
        `${name}, ${set.name}`,
      );
    }
});

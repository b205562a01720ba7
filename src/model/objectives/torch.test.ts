// Both objectives against PyTorch (fixtures/record.py made the recording), from the data as they lie
// in a shard to loss, gradients and a Hessian-vector product, by the reference evaluator and by ONNX Runtime.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRng } from '../../core/rng.ts';
import { examplesOf } from '../../data/examples.ts';
import { reshape, transpose } from '../../graph/ops/shape.ts';
import { evaluate } from '../../graph/reference.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { runGraph } from '../../runtime/run-graph.testing.ts';
import { relative } from '../../train/recorded.testing.ts';
import { readSafetensors } from '../../train/safetensors.ts';
import type { ModelConfig } from '../config.ts';
import { derivatives } from '../derivatives.testing.ts';
import { parameters } from '../parameters.ts';
import { transformer } from '../transformer.ts';
import { createInputs, predictionsOf } from './registry.ts';

const { tensors } = readSafetensors(join(import.meta.dirname, 'fixtures/torch.safetensors'));
const BATCH = 3;
const common = { dim: 8, layers: 2, heads: 2, ffnDim: 12, ropeTheta: 100, normEps: 1e-3, initStd: 0.02 };
const models = {
  mlm: { ...common, vocabSize: 13, seqLen: 8, objective: 'mlm', maskRate: 0.375 },
  vision: { ...common, vocabSize: 5, seqLen: 4, objective: 'classify', patch: 3, positions: 'learned' },
} satisfies Record<string, ModelConfig>;

const at = (name: string): number[] => Array.from(tensors[name].data);
/** Row i of a tensor of so many rows. */
const row = (values: number[], i: number, rows = BATCH) => {
  const width = values.length / rows;
  return values.slice(i * width, (i + 1) * width);
};

/** The recorded batch as examples. */
const batches = {
  mlm: () =>
    Array.from({ length: BATCH }, (_, i) =>
      ['shown', 'masked', 'true'].flatMap((part) => row(at(`mlm.${part}`), i)),
    ),
  vision() {
    const ids = Array.from({ length: BATCH }, (_, i) => [
      ...row(at('vision.images'), i),
      at('vision.classes')[i],
    ]).flat();
    const shard = {
      length: ids.length,
      read: (start: number, out: Int32Array) => out.set(ids.slice(start, start + out.length)),
    };
    const data = { corpus: 'images', vocabSize: 5, images: { side: 6 } };
    const examples = examplesOf(models.vision, shard, data);
    assert.equal(examples.count, BATCH);
    return Array.from({ length: BATCH }, (_, i) => {
      const out = new Int32Array(examples.width);
      examples.read(i, () => createRng(0, 'unused'), out);
      return [...out];
    });
  },
};

function recorded(name: keyof typeof models) {
  const model: ModelConfig = models[name];
  const table = parameters(model);
  const { inputs, fill } = createInputs(model, BATCH);
  fill(Int32Array.from(batches[name]().flat()), 0);
  const feeds: Record<string, ArrayLike<number>> = Object.fromEntries([
    ...Object.entries(inputs).map(([key, { data }]) => [key, Array.from(data, Number)]),
    ...table.map((p) => [p.name, at(`${name}.${p.name}`)]),
  ]);
  const graph = transformer(model, BATCH);
  const own = derivatives(graph.loss, model, graph.parameters);
  const named: Record<string, Tensor> = {
    loss: graph.loss,
    logits: transpose(reshape(graph.logits, [predictionsOf(model), BATCH, model.vocabSize]), [1, 0, 2]),
  };
  table.forEach((p, i) => {
    named[`grad.${p.name}`] = own[i].gradient;
    named[`hessian.${p.name}`] = own[i].hessian;
  });
  return { named, feeds, theirs: (key: string) => at(`${name}.${key}`) };
}

for (const name of ['mlm', 'vision'] as const) {
  test(`${name} agrees with PyTorch in float64: loss, logits, gradients, Hessian product`, () => {
    const { named, feeds, theirs } = recorded(name);
    evaluate(Object.values(named), feeds).forEach(({ data }, i) => {
      const key = Object.keys(named)[i];
      // The recording is rounded to float32: 6e-8.
      assert.ok(relative(data, theirs(key)) < 1.5e-7, `${key}: off by ${relative(data, theirs(key))}`);
    });
  });

  test(`${name} agrees with PyTorch in ONNX Runtime`, async () => {
    const { named, feeds, theirs } = recorded(name);
    const run = await runGraph(named, feeds);
    for (const key of Object.keys(named))
      assert.ok(relative(run[key], theirs(key)) < 2e-5, `${key}: off by ${relative(run[key], theirs(key))}`);
  });
}

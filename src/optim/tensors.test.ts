// Rules over the tensors of a tiny model, in float64, against trajectories of torch.optim
// or of the published rule (fixtures/record_tensors.py made the recording).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelConfig } from '../model/config.ts';
import { type ModelTensor, modelTensors, parameters } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import json from './fixtures/tensors.json' with { type: 'json' };
import vectors from './fixtures/torch.json' with { type: 'json' };
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, optimizers, resolveHyper } from './registry.ts';
import { tensorsOf } from './rule.ts';
import { transforms } from './transforms.ts';

type Name = keyof typeof json.models;
interface Case {
  model: Name;
  optimizer: string;
  hyper: Record<string, number>;
  /** Largest allowed difference, as a share of the longest way that a coordinate has gone. */
  tolerance: number;
  params: number[][];
}
const cases = json.cases as unknown as Case[];

/**
 * The recorded models, as the graph has them: Q, K and V are one parameter, and so
 * are the gates of all experts.
 */
const shape = { vocabSize: 3, dim: 2, layers: 1, heads: 1, ffnDim: 3, seqLen: 2 };
const models: Record<Name, ModelConfig> = {
  llama: modelPreset('tiny', shape),
  moe: modelPreset('tiny', { ...shape, mlp: 'moe', experts: 2, topK: 1 }),
};
const tables = Object.fromEntries(
  Object.entries(models).map(([name, model]) => [name, modelTensors(parameters(model))]),
) as Record<Name, ModelTensor[]>;

/** The numbers of the recording's gradients, from whole numbers only. */
function number(tensor: number, step: number, i: number): number {
  let x = (tensor + 1) * 7919 + step * 104729 + i * 1299709;
  for (let k = 0; k < 3; k++) x = Number((BigInt(x) * 48271n + 11n) % 2147483647n);
  return (x % 2001) - 1000;
}
const values = (table: readonly ModelTensor[], step: number, scale: (tensor: number) => number) =>
  table.flatMap(({ size }, k) =>
    Array.from({ length: size }, (_, i) => (number(k, step, i) / 1000) * scale(k) * 2 ** -(i % 4)),
  );

test('the tensors of a model are those that PyTorch was given', () => {
  for (const [name, table] of Object.entries(tables))
    assert.deepEqual(
      table.map(({ kind, shape }) => ({ kind, shape })),
      json.models[name as Name],
    );
});

test('every registered optimizer and transform, a graft and a hybrid, have a recording', () => {
  const names = [...cases, ...vectors.cases].map((one) => one.optimizer);
  for (const name of Object.keys(optimizers)) assert.ok(names.includes(name), name);
  for (const name of Object.keys(transforms))
    assert.ok(
      names.some((n) => n.endsWith(`+${name}`)),
      name,
    );
  for (const sign of ['#', '='])
    assert.ok(
      names.some((n) => n.includes(sign)),
      sign,
    );
});

for (const { model, optimizer: name, hyper: options, tolerance, params } of cases)
  test(`${name} ${JSON.stringify(options)} of ${model} follows its recording for ${json.lr.length} steps`, () => {
    const def = optimizer(name);
    const hyper = resolveHyper(name, options);
    const table = tables[model];
    const tensors = tensorsOf(table);
    const start = values(table, 1000, () => 1);
    const param = [...start];
    const state = referenceState(def, hyper, param.length);
    let farthest = 0;
    json.lr.forEach((lr, step) => {
      const grad = values(table, step, (k) => 2 ** ((k % 5) - 2 - (step % 3)));
      const tokens = { seen: step * json.tokens, now: json.tokens };
      referenceStep(def, hyper, { param, grad, state, lr, step, tensors, tokens });
      farthest = Math.max(farthest, ...param.map((p, i) => Math.abs(p - start[i])));
      const kept = json.kept.indexOf(step);
      if (kept < 0) return;
      param.forEach((p, i) => {
        const error = Math.abs(p - params[kept][i]);
        assert.ok(error <= tolerance * farthest, `step ${step}, ${i}: ${p} against ${params[kept][i]}`);
      });
    });
  });

// Rules over the tensors of a tiny model, in float64, against trajectories of torch.optim or of the published rule
// (fixtures/record_tensors.py made the recording).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import json from './fixtures/tensors.json' with { type: 'json' };
import vectors from './fixtures/torch.json' with { type: 'json' };
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, optimizers, resolveHyper } from './registry.ts';
import { tensorsOf } from './rule.ts';
import { transforms } from './transforms.ts';

interface Case {
  optimizer: string;
  hyper: Record<string, number>;
  /** Largest allowed difference, as a share of the longest way that a coordinate has gone. */
  tolerance: number;
  params: number[][];
}
const cases = json.cases as unknown as Case[];

let end = 0;
const table = json.tensors.map(({ kind, shape }) => {
  const size = shape.reduce((a, b) => a * b, 1);
  end += size;
  return { kind: kind as 'head', shape, size, offset: end - size };
});
const tensors = tensorsOf(table);

/** The numbers of the recording's gradients, from whole numbers only. */
function number(tensor: number, step: number, i: number): number {
  let x = (tensor + 1) * 7919 + step * 104729 + i * 1299709;
  for (let k = 0; k < 3; k++) x = Number((BigInt(x) * 48271n + 11n) % 2147483647n);
  return (x % 2001) - 1000;
}
const values = (step: number, scale: (tensor: number) => number) =>
  table.flatMap(({ size }, k) =>
    Array.from({ length: size }, (_, i) => (number(k, step, i) / 1000) * scale(k) * 2 ** -(i % 4)),
  );

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

for (const { optimizer: name, hyper: options, tolerance, params } of cases)
  test(`${name} ${JSON.stringify(options)} follows its recording for ${json.lr.length} steps`, () => {
    const def = optimizer(name);
    const hyper = resolveHyper(name, options);
    const start = values(1000, () => 1);
    const param = [...start];
    const state = referenceState(def, hyper, param.length);
    let farthest = 0;
    json.lr.forEach((lr, step) => {
      const grad = values(step, (k) => 2 ** (k - 2 - (step % 3)));
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

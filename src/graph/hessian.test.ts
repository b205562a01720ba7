// Hessian-vector products of a small Transformer against central differences of its gradient in float64.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { modelPreset } from '../model/presets.ts';
import { transformer } from '../model/transformer.ts';
import { gradients } from './grad.ts';
import { hessianVector } from './hessian.ts';
import { input } from './ops/source.ts';
import { evaluate } from './reference.ts';
import { sizeOf, type Tensor } from './tensor.ts';

const nameOf = (t: Tensor) => (t.node.attrs as { name: string }).name;

function small() {
  const model = modelPreset('tiny', { vocabSize: 7, dim: 8, ffnDim: 6, seqLen: 4, initStd: 0.4 });
  const { loss, parameters } = transformer(model, 2);
  const rng = createRng(3, 'hessian.test');
  const feeds: Record<string, Float64Array> = {
    ids: Float64Array.from({ length: 8 }, () => rng.below(7)),
    targets: Float64Array.from({ length: 8 }, () => rng.below(7)),
  };
  const normal = (t: Tensor) => Float64Array.from({ length: sizeOf(t.shape) }, () => 0.5 * rng.normal());
  for (const t of parameters) feeds[nameOf(t)] = normal(t);
  const along = parameters.map((t) => input(`along:${nameOf(t)}`, t.shape));
  for (const t of along) feeds[nameOf(t)] = normal(t);
  return { loss, parameters, feeds, along };
}

/** (g(x + h v) - g(x - h v)) / 2h for the parameters `of`, v being fed as `along:`. */
function differences(loss: Tensor, of: readonly Tensor[], feeds: Record<string, Float64Array>) {
  const step = 1e-5;
  const grads = gradients(loss, of);
  const at = (by: number) => {
    const moved = { ...feeds };
    for (const t of of)
      moved[nameOf(t)] = feeds[nameOf(t)].map((x, i) => x + by * feeds[`along:${nameOf(t)}`][i]);
    return evaluate(grads, moved);
  };
  const [up, down] = [at(step), at(-step)];
  return up.map(({ data }, i) => data.map((x, j) => (x - down[i].data[j]) / (2 * step)));
}

function check(found: readonly { data: Float64Array }[], expected: Float64Array[]) {
  const largest = Math.max(...expected.map((e) => Math.max(...e.map(Math.abs))));
  expected.forEach((e, i) =>
    e.forEach((x, j) => assert.ok(Math.abs(x - found[i].data[j]) < 1e-7 * largest, `tensor ${i}, ${j}`)),
  );
}

test('H v of the whole model', () => {
  const { loss, parameters, feeds, along } = small();
  check(evaluate(hessianVector(loss, parameters, along), feeds), differences(loss, parameters, feeds));
});

test('H v of one block, for every block', () => {
  const { loss, parameters, feeds, along } = small();
  parameters.forEach((t, i) =>
    check(evaluate(hessianVector(loss, [t], [along[i]]), feeds), differences(loss, [t], feeds)),
  );
});

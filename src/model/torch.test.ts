// The parts of the Transformer and the whole of it against PyTorch and transformers
// (see fixtures/record.py, which made the recording): outputs, loss, gradients and a Hessian-vector product,
// by the reference evaluator and by ONNX Runtime.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { dot } from '../graph/differences.testing.ts';
import { gradients } from '../graph/grad.ts';
import { attention } from '../graph/ops/attention.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { rmsNorm } from '../graph/ops/norm.ts';
import { rotary } from '../graph/ops/rotary.ts';
import { reshape, split, transpose } from '../graph/ops/shape.ts';
import { constant, input } from '../graph/ops/source.ts';
import { swiglu } from '../graph/ops/swiglu.ts';
import { evaluate } from '../graph/reference.ts';
import { sizeOf, type Tensor } from '../graph/tensor.ts';
import { runGraph } from '../runtime/run-graph.testing.ts';
import { recordedModel, relative } from '../train/recorded.testing.ts';
import { readSafetensors } from '../train/safetensors.ts';
import type { ModelConfig } from './config.ts';

const { tensors } = readSafetensors(join(import.meta.dirname, 'fixtures/torch.safetensors'));
const EPS = 1e-3;
const THETA = 100;

/** `build` on inputs of the recording's shapes: its output, and the gradients of sum(output * cos(1..n)). */
async function comparePart(name: string, keys: string[], build: (...inputs: Tensor[]) => Tensor) {
  const at = (key: string) => tensors[`part.${name}.${key}`];
  const inputs = keys.map((key) => input(key, at(key).shape));
  const feeds = Object.fromEntries(keys.map((key) => [key, at(key).data]));
  const output = build(...inputs);
  const size = sizeOf(output.shape);
  const weights = constant(
    output.shape,
    Float64Array.from({ length: size }, (_, i) => Math.cos(i + 1)),
  );
  const grads = gradients(dot(output, weights), inputs);
  const named: Record<string, Tensor> = { output };
  keys.forEach((key, i) => (named[`grad.${key}`] = grads[i]));
  const run = await runGraph(named, feeds);
  evaluate(Object.values(named), feeds).forEach(({ data }, i) => {
    const key = Object.keys(named)[i];
    const theirs = at(key).data;
    // The recording is rounded to float32: 6e-8.
    assert.ok(relative(data, theirs) < 1.5e-7, `${key} in float64: off by ${relative(data, theirs)}`);
    assert.ok(
      relative(run[key], theirs) < 3e-6,
      `${key} in ONNX Runtime: off by ${relative(run[key], theirs)}`,
    );
  });
}

/** Between PyTorch's [batch, heads, time, width] and ours, [time, batch * heads, 1, width]. */
const timeFirst = (x: Tensor) => {
  const [batch, heads, time, width] = x.shape;
  return reshape(transpose(x, [2, 0, 1, 3]), [time, batch * heads, 1, width]);
};
const timeLast = (y: Tensor, { shape: [batch, heads, time, width] }: Tensor) =>
  transpose(reshape(y, [time, batch, heads, width]), [1, 2, 0, 3]);

test('RMSNorm agrees with PyTorch', () =>
  comparePart('rmsNorm', ['x', 'w'], (x, w) => rmsNorm(x, reshape(w, [1, w.shape[0]]), EPS)));
test('rotary positions agree with PyTorch', () =>
  comparePart('rotary', ['x'], (x) => timeLast(rotary(timeFirst(x), THETA), x)));
test('causal attention agrees with PyTorch', () =>
  comparePart('attention', ['q', 'k', 'v'], (q, k, v) =>
    timeLast(attention(timeFirst(q), timeFirst(k), timeFirst(v), { scale: 0.5, causal: true }), q),
  ));
test('SwiGLU agrees with PyTorch', () =>
  comparePart('swiglu', ['x', 'gateUp', 'down'], (x, gateUp, down) => {
    const [gate, up] = split(matmul(x, gateUp, { transB: true }), 1, [4, 4]);
    return matmul(swiglu(gate, up), down, { transB: true });
  }));

/** The model of record.py. */
const model: ModelConfig = {
  ...{ vocabSize: 24, dim: 16, layers: 2, heads: 2, ffnDim: 24, seqLen: 8 },
  ...{ ropeTheta: THETA, normEps: EPS, initStd: 0.02 },
};

test("the Transformer in float64 agrees with transformers' Llama: loss, logits, gradients, Hessian product", () => {
  const { named, theirs, feeds } = recordedModel(model, tensors);
  evaluate(Object.values(named), feeds).forEach(({ data }, i) => {
    const key = Object.keys(named)[i];
    // transformers computes norms, angles and softmax in float32; derivatives amplify its rounding.
    assert.ok(relative(data, theirs[key]) < 5e-6, `${key}: off by ${relative(data, theirs[key])}`);
  });
});

test("the Transformer in ONNX Runtime agrees with transformers' Llama", async () => {
  const { named, theirs, feeds } = recordedModel(model, tensors);
  const run = await runGraph(named, feeds);
  for (const key of Object.keys(named))
    assert.ok(relative(run[key], theirs[key]) < 2e-5, `${key}: off by ${relative(run[key], theirs[key])}`);
});

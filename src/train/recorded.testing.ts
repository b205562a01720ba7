// For tests: a model of a recording by PyTorch (src/model/fixtures) with its parameters and batch,
// and every output recorded.
import assert from 'node:assert/strict';
import { reshape, transpose } from '../graph/ops/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { derivatives } from '../model/derivatives.testing.ts';
import { parameterCount, parameters } from '../model/parameters.ts';
import { transformer } from '../model/transformer.ts';
import { fromLlama } from './llama.ts';
import type { StoredTensor } from './safetensors.ts';

/** The largest difference relative to the largest value; NaN fails every comparison. */
export function relative(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  assert.equal(ours.length, theirs.length);
  const errors = Array.from(theirs, (value, i) => Math.abs(ours[i] - value));
  return Math.max(...errors) / Math.max(...Array.from(theirs, Math.abs));
}

/**
 * Loss, logits, gradients and the Hessian times sin(1..n): tensors of ours, what
 * the recording has for them (its names begin with `prefix`, but for the batch, `rows`), and what to feed.
 */
export function recordedModel(
  model: ModelConfig,
  tensors: Record<string, StoredTensor>,
  prefix = '',
): {
  named: Record<string, Tensor>;
  theirs: Record<string, ArrayLike<number>>;
  feeds: Record<string, ArrayLike<number>>;
} {
  const table = parameters(model);
  const flat = (kind: string) => {
    const out = new Float32Array(parameterCount(model));
    const start = prefix + kind;
    const part = Object.entries(tensors).filter(([name]) => name.startsWith(start));
    fromLlama(model, Object.fromEntries(part.map(([k, t]) => [k.slice(start.length), t])), out, 'recording');
    return out;
  };
  const params = flat('');
  const { shape, data: rows } = tensors.rows;
  const [batch, width] = shape;
  /** Place of our row i, time outermost, in the recording's [batch, width]. */
  const at = (i: number) => (i % batch) * width + Math.floor(i / batch);
  const feeds: Record<string, ArrayLike<number>> = {
    ids: Array.from({ length: batch * model.seqLen }, (_, i) => rows[at(i)]),
    targets: Array.from({ length: batch * model.seqLen }, (_, i) => rows[at(i) + 1]),
  };
  for (const p of table) feeds[p.name] = params.subarray(p.offset, p.offset + p.size);
  const graph = transformer(model, batch);
  const own = derivatives(graph.objective, model, graph.parameters);
  const named: Record<string, Tensor> = {
    loss: graph.loss,
    logits: transpose(reshape(graph.logits, [model.seqLen, batch, model.vocabSize]), [1, 0, 2]),
  };
  const theirs: Record<string, ArrayLike<number>> = {
    loss: tensors[`${prefix}loss`].data,
    logits: tensors[`${prefix}logits`].data,
  };
  const [grads, hessian] = [flat('grad.'), flat('hessian.')];
  table.forEach((p, i) => {
    named[`grad:${p.name}`] = own[i].gradient;
    theirs[`grad:${p.name}`] = grads.subarray(p.offset, p.offset + p.size);
    named[`hessian:${p.name}`] = own[i].hessian;
    theirs[`hessian:${p.name}`] = hessian.subarray(p.offset, p.offset + p.size);
  });
  return { named, theirs, feeds };
}

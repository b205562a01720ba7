// The Transformer of the paper as a graph: pre-norm, RMSNorm, rotary positions, SwiGLU, no biases, untied embeddings.
// Activations are matrices with a row for every position, time outermost: row t * batch + b is position t of sequence b.
// Attention then reads its queries, keys and values in place.

import { causalAttention } from '../graph/ops/attention.ts';
import { gather } from '../graph/ops/lookup.ts';
import { crossEntropy } from '../graph/ops/loss.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { rmsNorm } from '../graph/ops/norm.ts';
import { rotary } from '../graph/ops/rotary.ts';
import { reshape, split } from '../graph/ops/shape.ts';
import { input } from '../graph/ops/source.ts';
import { swiglu } from '../graph/ops/swiglu.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import { parameters } from './parameters.ts';

export interface TransformerGraph {
  /** Mean cross-entropy over the batch, nats per token: a scalar. */
  loss: Tensor;
  /** [seqLen * batch, vocabSize], time outermost. */
  logits: Tensor;
  /** Inputs of the graph: parameters in the order of `parameters(config)`, under their names. */
  parameters: Tensor[];
}

/** x [N, in] through a weight [out, in], added to `residual` where there is one: [N, out]. */
const linear = (x: Tensor, weight: Tensor, residual?: Tensor): Tensor =>
  matmul(x, weight, { transB: true, plus: residual });

/** Heads of causal self-attention over the normed x [T * batch, D], side by side. */
function mixHeads(
  x: Tensor,
  qkv: Tensor,
  batch: number,
  { dim, heads, seqLen, ropeTheta }: ModelConfig,
): Tensor {
  const width = dim / heads;
  const [q, k, v] = split(linear(x, qkv), 1, [dim, dim, dim]).map((part) =>
    reshape(part, [seqLen, batch * heads, 1, width]),
  );
  const turned = [q, k].map((part) => rotary(part, ropeTheta));
  const mixed = causalAttention(turned[0], turned[1], v, 1 / Math.sqrt(width));
  return reshape(mixed, [seqLen * batch, dim]);
}

/** Loss of `batch` sequences; ids and targets are int64 inputs `ids`, `targets` of length seqLen * batch, time outermost. */
export function transformer(config: ModelConfig, batch: number): TransformerGraph {
  const weights = parameters(config).map((p) => input(p.name, p.shape));
  const queue = [...weights];
  const next = () => queue.shift()!;
  const positions = batch * config.seqLen;

  let x = gather(next(), input('ids', [positions], 'int64'));
  for (let i = 0; i < config.layers; i++) {
    const [attentionNorm, qkv, attentionOut, mlpNorm, gate, up, down] = Array.from({ length: 7 }, next);
    x = linear(mixHeads(rmsNorm(x, attentionNorm, config.normEps), qkv, batch, config), attentionOut, x);
    const normed = rmsNorm(x, mlpNorm, config.normEps);
    x = linear(swiglu(linear(normed, gate), linear(normed, up)), down, x);
  }
  const logits = linear(rmsNorm(x, next(), config.normEps), next());
  return { loss: crossEntropy(logits, input('targets', [positions], 'int64')), logits, parameters: weights };
}

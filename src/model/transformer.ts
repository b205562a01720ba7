// The Transformer of the paper as a graph: pre-norm, RMSNorm, rotary positions, SwiGLU, no biases, untied embeddings.

import { attention } from '../graph/ops/attention.ts';
import { add, mul, silu } from '../graph/ops/elementwise.ts';
import { gather } from '../graph/ops/lookup.ts';
import { crossEntropy } from '../graph/ops/loss.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { rmsNorm } from '../graph/ops/norm.ts';
import { rotary } from '../graph/ops/rotary.ts';
import { reshape, split, transpose } from '../graph/ops/shape.ts';
import { input } from '../graph/ops/source.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import { parameters } from './parameters.ts';

export interface TransformerGraph {
  /** Mean cross-entropy over the batch, nats per token: a scalar. */
  loss: Tensor;
  /** [batch * seqLen, vocabSize] */
  logits: Tensor;
  /** Inputs of the graph: parameters in the order of `parameters(config)`, under their names. */
  parameters: Tensor[];
}

/** x [N, in] through a weight [out, in]: [N, out]. */
const linear = (x: Tensor, weight: Tensor): Tensor => matmul(x, weight, { transB: true });

/** Causal self-attention over x [batch * T, D]. */
function selfAttention(x: Tensor, qkv: Tensor, out: Tensor, batch: number, config: ModelConfig): Tensor {
  const { dim, heads, seqLen, ropeTheta } = config;
  const width = dim / heads;
  const apart = reshape(linear(x, qkv), [batch, seqLen, 3, heads, width]);
  const stacked = reshape(transpose(apart, [2, 0, 3, 1, 4]), [3 * batch, heads, seqLen, width]);
  const [qk, v] = split(stacked, 0, [2 * batch, batch]);
  const [q, k] = split(rotary(qk, ropeTheta), 0, [batch, batch]);
  const mixed = attention(q, k, v, { scale: 1 / Math.sqrt(width), causal: true });
  return linear(reshape(transpose(mixed, [0, 2, 1, 3]), [batch * seqLen, dim]), out);
}

/** SwiGLU over x [N, D] (arXiv 2002.05202). */
function swiglu(x: Tensor, gateUp: Tensor, down: Tensor, hidden: number): Tensor {
  const [gate, up] = split(linear(x, gateUp), 1, [hidden, hidden]);
  return linear(mul(silu(gate), up), down);
}

/** Loss of `batch` sequences; ids and targets are int64 inputs `ids`, `targets` of length batch * seqLen. */
export function transformer(config: ModelConfig, batch: number): TransformerGraph {
  const weights = parameters(config).map((p) => input(p.name, p.shape));
  const queue = [...weights];
  const next = () => queue.shift()!;
  const positions = batch * config.seqLen;

  let x = gather(next(), input('ids', [positions], 'int64'));
  for (let i = 0; i < config.layers; i++) {
    const [attentionNorm, qkv, attentionOut, mlpNorm, gateUp, down] = Array.from({ length: 6 }, next);
    x = add(x, selfAttention(rmsNorm(x, attentionNorm, config.normEps), qkv, attentionOut, batch, config));
    x = add(x, swiglu(rmsNorm(x, mlpNorm, config.normEps), gateUp, down, config.ffnDim));
  }
  const logits = linear(rmsNorm(x, next(), config.normEps), next());
  return { loss: crossEntropy(logits, input('targets', [positions], 'int64')), logits, parameters: weights };
}

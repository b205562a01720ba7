// The Transformer as a graph: by default that of the paper, pre-norm, RMSNorm, rotary positions,
// SwiGLU, no biases, untied embeddings; layers/ has what else a config may ask for.
// Activations are matrices with a row for every position, time outermost: row t * batch + b is position
// t of sequence b. Attention then reads its queries, keys and values in place.
import { attention, causalAttention } from '../graph/ops/attention.ts';
import { add } from '../graph/ops/elementwise.ts';
import { crossEntropy } from '../graph/ops/loss.ts';
import { reshape, split } from '../graph/ops/shape.ts';
import { input } from '../graph/ops/source.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import { linear } from './layers/layer.ts';
import { layersOf } from './layers/registry.ts';
import { objectiveOf } from './objectives/registry.ts';
import { parameters } from './parameters.ts';

export interface TransformerGraph {
  /** Mean cross-entropy over the batch, nats per prediction (token, masked token, image): a scalar. */
  loss: Tensor;
  /** What training minimises: the loss, and any penalties of the layers. */
  objective: Tensor;
  /** [predictions * batch, vocabSize], time outermost. */
  logits: Tensor;
  /** Inputs of the graph: parameters in the order of `parameters(config)`, under their names. */
  parameters: Tensor[];
}

/**
 * Heads of self-attention over the normed x [T * batch, D], side by side; `turn` gives queries and keys their
 * positions.
 */
function mixHeads(x: Tensor, qkv: Tensor, turn: (part: Tensor) => Tensor, config: ModelConfig): Tensor {
  const { dim, heads, seqLen } = config;
  const width = dim / heads;
  const [q, k, v] = split(linear(x, qkv), 1, [dim, dim, dim]).map((part) =>
    reshape(part, [seqLen, (x.shape[0] / seqLen) * heads, 1, width]),
  );
  const turned = [q, k].map(turn);
  const scale = 1 / Math.sqrt(width);
  const mixed = objectiveOf(config).bidirectional
    ? attention(turned[0], turned[1], v, { scale, causal: false })
    : causalAttention(turned[0], turned[1], v, scale);
  return reshape(mixed, x.shape);
}

/**
 * Loss of `batch` examples. The inputs are those of the objective, by default int64
 * `ids` and `targets` of length seqLen * batch, time outermost.
 */
export function transformer(config: ModelConfig, batch: number): TransformerGraph {
  const weights = parameters(config).map((p) => input(p.name, p.shape));
  const queue = [...weights];
  const next = () => queue.shift()!;
  const { norm, mlp, positions } = layersOf(config);
  const { embed, select, targets } = objectiveOf(config);
  const [before, after] = config.normPlace === 'post' ? [false, true] : [true, false];

  const embedding = next();
  const { place, turn } = positions.open(next, config);
  let x = place(embed(embedding, config, batch));
  let penalty: Tensor | undefined;
  for (let i = 0; i < config.layers; i++) {
    const attentionNorm = norm.open(next, config);
    const [qkv, attentionOut] = [next(), next()];
    const mlpNorm = norm.open(next, config);
    const feed = mlp.open(next, config);
    x = linear(mixHeads(before ? attentionNorm(x) : x, qkv, turn, config), attentionOut, x);
    if (after) x = attentionNorm(x);
    const fed = feed(before ? mlpNorm(x) : x, x);
    x = after ? mlpNorm(fed.out) : fed.out;
    if (fed.penalty) penalty = penalty ? add(penalty, fed.penalty) : fed.penalty;
  }
  if (before) x = norm.open(next, config)(x);
  const logits = linear(select(x, config, batch), config.embeddings === 'tied' ? embedding : next());
  const loss = crossEntropy(logits, input('targets', [batch * targets(config).count], 'int64'));
  return { loss, objective: penalty ? add(loss, penalty) : loss, logits, parameters: weights };
}

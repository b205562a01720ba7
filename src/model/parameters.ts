// The parameters of a model: order in the flat buffer, initialisation, and their names in files,
// which are those of Hugging Face's Llama layout where Llama has such a tensor.
import { createRng } from '../core/rng.ts';
import type { ModelConfig } from './config.ts';
import { type ParameterKind, type ParameterSpec, residualStd } from './layers/layer.ts';
import { layersOf } from './layers/registry.ts';
import { patchValues } from './objectives/classify.ts';

export type { ParameterKind } from './layers/layer.ts';

export interface Parameter {
  name: string;
  kind: ParameterKind;
  /** Weights are [out, in], as in PyTorch; those of norms a row [1, D]. */
  shape: readonly number[];
  /** Elements, and where they start in the flat buffer (in elements). */
  size: number;
  offset: number;
  /**
   * Initial values are normal with this standard deviation; 0: all are `mean` (norms:
   * weights one, biases zero).
   */
  std: number;
  mean: number;
  /** The same memory under its names in files: fused matrices are stacks of Llama's rows. */
  llama: { name: string; shape: readonly number[]; offset: number }[];
}

/**
 * A tensor of the exported model. It is what optimizers, statistics and files mean by a tensor;
 * a parameter of the graph may hold several, one after the other (Q, K and V; the experts of a mixture).
 */
export interface ModelTensor {
  name: string;
  kind: ParameterKind;
  shape: readonly number[];
  /** Elements, and where they start in the flat buffer (in elements). */
  size: number;
  offset: number;
}

/** The tensors of the exported model, in memory order. */
export const modelTensors = (table: readonly Parameter[]): ModelTensor[] =>
  table.flatMap(({ kind, llama }) =>
    llama.map((tensor) => ({ ...tensor, kind, size: tensor.shape.reduce((a, b) => a * b, 1) })),
  );

/** All parameters in memory order. Q, K, V form one matrix: one product instead of three small ones. */
export function parameters(config: ModelConfig): Parameter[] {
  const list: Parameter[] = [];
  let offset = 0;
  for (const { name, kind, shape, std, mean = 0, stored, storedShape } of specs(config)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const part = storedShape ?? [shape[0] / stored.length, ...shape.slice(1)];
    const at = (i: number) => offset + (i * size) / stored.length;
    const llama = stored.map((n, i) => ({ name: n, shape: part, offset: at(i) }));
    list.push({ name, kind, shape, size, offset, std, mean, llama });
    offset += size;
  }
  return list;
}

function specs(config: ModelConfig): ParameterSpec[] {
  const { vocabSize: v, dim: d, layers, initStd, normPlace, embeddings } = config;
  const { norm, mlp, positions } = layersOf(config);
  const tied = embeddings === 'tied';
  const attention = (i: number): ParameterSpec[] => {
    const stored = (part: string) => `model.layers.${i}.self_attn.${part}_proj.weight`;
    const [name, kind] = [`layers.${i}.`, 'attention' as const];
    return [
      { name: `${name}qkv`, kind, shape: [3 * d, d], std: initStd, stored: ['q', 'k', 'v'].map(stored) },
      { name: `${name}attentionOut`, kind, shape: [d, d], std: residualStd(config), stored: [stored('o')] },
    ];
  };
  const layer = (i: number): ParameterSpec[] => {
    const [name, stored] = [`layers.${i}.`, `model.layers.${i}.`];
    return [
      ...norm.parameters(config, { name: `${name}attentionNorm`, stored: `${stored}input_layernorm` }),
      ...attention(i),
      ...norm.parameters(config, { name: `${name}mlpNorm`, stored: `${stored}post_attention_layernorm` }),
      ...mlp.parameters(config, { name, stored: `${stored}mlp.` }),
    ];
  };
  const table = { shape: [v, d], std: initStd };
  const entry =
    config.objective === 'classify'
      ? { shape: [d, patchValues(config)], std: initStd, stored: ['model.embed_patches.weight'] }
      : { ...table, stored: ['model.embed_tokens.weight'] };
  const last = { name: 'norm', stored: 'model.norm' };
  return [
    // Tied, it multiplies like a head, and most of its gradient is a head's: it counts as one.
    { name: 'embedding', kind: tied ? 'head' : 'embedding', ...entry },
    ...positions.parameters(config),
    ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
    ...(normPlace === 'post' ? [] : norm.parameters(config, last)),
    ...(tied ? [] : [{ name: 'head', kind: 'head' as const, ...table, stored: ['lm_head.weight'] }]),
  ];
}

/** Number of parameters, embedding and head included. */
export const parameterCount = (config: ModelConfig): number =>
  parameters(config).reduce((n, p) => n + p.size, 0);

/** Writes initial values into `out` (the flat buffer, parameterCount elements). */
export function initialize(config: ModelConfig, seed: number, out: Float32Array): void {
  for (const p of parameters(config)) {
    const values = out.subarray(p.offset, p.offset + p.size);
    if (p.std === 0) values.fill(p.mean);
    // One stream per parameter: the values of a layer do not depend on the sizes of the others.
    else createRng(seed, `init:${p.name}`).fillNormal(values, p.std);
  }
}

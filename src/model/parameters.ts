// The parameters of a model: order in the flat buffer, initialisation, and their names in Hugging Face's Llama layout.
import { createRng } from '../core/rng.ts';
import type { ModelConfig } from './config.ts';

export type ParameterKind = 'embedding' | 'norm' | 'attention' | 'mlp' | 'head';

export interface Parameter {
  name: string;
  kind: ParameterKind;
  /** Weights are [out, in], as in PyTorch; those of norms a row [1, D]. */
  shape: readonly number[];
  /** Elements, and where they start in the flat buffer (in elements). */
  size: number;
  offset: number;
  /** Standard deviation of the initial values; 0 means all ones (norm weights). */
  std: number;
  /** The same memory under Llama's names: fused matrices are stacks of its rows. */
  llama: { name: string; shape: readonly number[]; offset: number }[];
}

/**
 * All parameters in memory order. Q, K, V form one matrix: one product instead of three small ones. Gate and up stay apart:
 * theirs are large enough, and cutting and joining their results would cost more.
 */
export function parameters(config: ModelConfig): Parameter[] {
  const { vocabSize: v, dim: d, layers, ffnDim: f, initStd } = config;
  const list: Parameter[] = [];
  let offset = 0;
  const addParameter = (name: string, kind: ParameterKind, shape: number[], std: number, llama: string[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const rows = shape[0] / llama.length;
    const part = kind === 'norm' ? shape.slice(1) : [rows, ...shape.slice(1)];
    list.push({
      name,
      kind,
      shape,
      size,
      offset,
      std,
      llama: llama.map((n, i) => ({ name: n, shape: part, offset: offset + (i * size) / llama.length })),
    });
    offset += size;
  };
  // Outputs into the residual stream are scaled so that its variance does not grow with depth (GPT-2; plainLM).
  const residualStd = initStd / Math.sqrt(2 * layers);
  addParameter('embedding', 'embedding', [v, d], initStd, ['model.embed_tokens.weight']);
  for (let i = 0; i < layers; i++) {
    const at = `model.layers.${i}`;
    const attn = (part: string) => `${at}.self_attn.${part}_proj.weight`;
    const mlp = (part: string) => `${at}.mlp.${part}_proj.weight`;
    addParameter(`layers.${i}.attentionNorm`, 'norm', [1, d], 0, [`${at}.input_layernorm.weight`]);
    addParameter(`layers.${i}.qkv`, 'attention', [3 * d, d], initStd, ['q', 'k', 'v'].map(attn));
    addParameter(`layers.${i}.attentionOut`, 'attention', [d, d], residualStd, [attn('o')]);
    addParameter(`layers.${i}.mlpNorm`, 'norm', [1, d], 0, [`${at}.post_attention_layernorm.weight`]);
    addParameter(`layers.${i}.gate`, 'mlp', [f, d], initStd, [mlp('gate')]);
    addParameter(`layers.${i}.up`, 'mlp', [f, d], initStd, [mlp('up')]);
    addParameter(`layers.${i}.down`, 'mlp', [d, f], residualStd, [mlp('down')]);
  }
  addParameter('norm', 'norm', [1, d], 0, ['model.norm.weight']);
  addParameter('head', 'head', [v, d], initStd, ['lm_head.weight']);
  return list;
}

/** Number of parameters, both embeddings included. */
export const parameterCount = (config: ModelConfig): number =>
  parameters(config).reduce((n, p) => n + p.size, 0);

/** Writes initial values into `out` (the flat buffer, parameterCount elements). */
export function initialize(config: ModelConfig, seed: number, out: Float32Array): void {
  for (const p of parameters(config)) {
    const values = out.subarray(p.offset, p.offset + p.size);
    if (p.std === 0) values.fill(1);
    // One stream per parameter: the values of a layer do not depend on the sizes of the others.
    else createRng(seed, `init:${p.name}`).fillNormal(values, p.std);
  }
}

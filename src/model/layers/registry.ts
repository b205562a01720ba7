// Kinds of layers by the words of a model's config; the first of each is what a config
// means that says nothing.
import type { ModelConfig } from '../config.ts';
import { geluMlp } from './gelu-mlp.ts';
import type { Mlp, Norm, Positions } from './layer.ts';
import { layerNorm } from './layer-norm.ts';
import { learnedPositions } from './learned-positions.ts';
import { moeMlp } from './moe-mlp.ts';
import { rmsNorm } from './rms-norm.ts';
import { rotary } from './rotary.ts';
import { swigluMlp } from './swiglu-mlp.ts';

type Word<K extends keyof ModelConfig> = NonNullable<ModelConfig[K]> & string;

const norms: Record<Word<'norm'>, Norm> = { rmsnorm: rmsNorm, layernorm: layerNorm };
const mlps: Record<Word<'mlp'>, Mlp> = { swiglu: swigluMlp, gelu: geluMlp, moe: moeMlp };
const positions: Record<Word<'positions'>, Positions> = { rotary, learned: learnedPositions };

/** The layers that a model of this config is built of. */
export const layersOf = (config: ModelConfig): { norm: Norm; mlp: Mlp; positions: Positions } => ({
  norm: norms[config.norm ?? 'rmsnorm'],
  mlp: mlps[config.mlp ?? 'swiglu'],
  positions: positions[config.positions ?? 'rotary'],
});

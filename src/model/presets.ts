// Named model shapes, language models smallest first, then vision. 160m, 410m and 1b
// follow the paper's models as far as they are known: 160m is stated (12 layers, width 768, 12 heads);
// the other two are the usual shapes of these sizes (Pythia).
import { UserError } from '../core/errors.ts';
import { type ModelConfig, modelConfig } from './config.ts';

/** Hidden width of SwiGLU: 8/3 of the width (equal parameters to a 4x MLP, arXiv 2002.05202), rounded up. */
const ffn = (dim: number, multiple: number) => Math.ceil((8 * dim) / 3 / multiple) * multiple;

/** What all presets share: plainLM's constants (RMSNorm 1e-6, rotary base 500000, init 0.02). */
const base = { ropeTheta: 500000, normEps: 1e-6, initStd: 0.02 };

/** Digits of 28 x 28 pixels (corpus mnist) in 16 patches of 7 x 7; positions as in arXiv 2010.11929. */
const vision = {
  ...base,
  objective: 'classify',
  patch: 7,
  seqLen: 16,
  vocabSize: 10,
  positions: 'learned',
} as const;

/** GPT-NeoX vocabulary, padded as in plainLM; the paper trains at sequence length 512. */
const paper = { ...base, vocabSize: 50280, seqLen: 512 };

export const modelPresets: Record<string, ModelConfig> = {
  /** A test-sized model: one step takes well under a millisecond. */
  tiny: { ...base, vocabSize: 512, dim: 32, layers: 1, heads: 2, ffnDim: ffn(32, 16), seqLen: 32 },
  /** The smallest model that shows the batch-size effect in minutes on a laptop. */
  nano: { ...base, vocabSize: 2048, dim: 64, layers: 2, heads: 4, ffnDim: ffn(64, 16), seqLen: 64 },
  '1m': { ...base, vocabSize: 2048, dim: 128, layers: 4, heads: 4, ffnDim: ffn(128, 16), seqLen: 128 },
  '10m': { ...base, vocabSize: 4096, dim: 320, layers: 6, heads: 5, ffnDim: ffn(320, 32), seqLen: 256 },
  '30m': { ...base, vocabSize: 8192, dim: 512, layers: 8, heads: 8, ffnDim: ffn(512, 64), seqLen: 512 },
  '160m': { ...paper, dim: 768, layers: 12, heads: 12, ffnDim: ffn(768, 256) },
  '410m': { ...paper, dim: 1024, layers: 24, heads: 16, ffnDim: ffn(1024, 256) },
  '1b': { ...paper, dim: 2048, layers: 16, heads: 8, ffnDim: ffn(2048, 256) },
  'tiny-vision': { ...vision, dim: 32, layers: 1, heads: 2, ffnDim: ffn(32, 16) },
  'nano-vision': { ...vision, dim: 64, layers: 2, heads: 4, ffnDim: ffn(64, 16) },
};

/**
 * The preset `name`, with `overrides` on top. Throws UserError for an unknown name or an impossible shape.
 */
export function modelPreset(name: string, overrides: Partial<ModelConfig> = {}): ModelConfig {
  const preset = Object.hasOwn(modelPresets, name) ? modelPresets[name] : undefined;
  if (!preset)
    throw new UserError(`unknown model "${name}"; presets: ${Object.keys(modelPresets).join(', ')}`);
  // Two matrices in place of three: half as wide again, the MLP has as many parameters.
  const wider = overrides.mlp === 'gelu' ? { ffnDim: Math.round(1.5 * preset.ffnDim) } : {};
  return checkModel({ ...preset, ...wider, ...overrides });
}

/** What a config means that leaves these out. */
const USUAL: Partial<ModelConfig> = {
  norm: 'rmsnorm',
  normPlace: 'pre',
  mlp: 'swiglu',
  positions: 'rotary',
  embeddings: 'untied',
};

/** What a config says that is not usual, e.g. `norm layernorm`: for people. */
export const unusualOf = (config: ModelConfig): string[] =>
  [...Object.keys(USUAL), 'experts', 'topK', 'balance'].flatMap((key) => {
    const value = config[key as keyof ModelConfig];
    return value === undefined || value === USUAL[key as keyof ModelConfig] ? [] : [`${key} ${value}`];
  });

/** `config` without words that say what is usual anyway, if it can be built; else UserError. */
export function checkModel(config: ModelConfig): ModelConfig {
  const parsed = modelConfig.safeParse(config);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`model: ${issue.path.join('.')}: ${issue.message}`);
  }
  const headDim = config.dim / config.heads;
  const turning = config.positions !== 'learned';
  if (!Number.isInteger(headDim) || (turning && headDim % 2 !== 0))
    throw new UserError(
      `model: dim ${config.dim} / heads ${config.heads} = ${headDim}, but a head needs ${turning ? 'an even width (rotary pairs)' : 'a whole width'}`,
    );
  checkExperts(config);
  checkObjective(config);
  const entries = Object.entries(config);
  const kept = entries.filter(([k, v]) => v !== undefined && v !== USUAL[k as keyof ModelConfig]);
  return kept.length < entries.length ? (Object.fromEntries(kept) as ModelConfig) : config;
}

function checkExperts({ mlp, experts, topK, balance }: ModelConfig): void {
  if (mlp === 'moe') {
    if (experts === undefined || topK === undefined)
      throw new UserError('model: mlp moe needs experts and topK, e.g. experts 4 and topK 2');
    if (topK > experts) throw new UserError(`model: topK ${topK} is more than the ${experts} experts`);
    return;
  }
  const stray = Object.entries({ experts, topK, balance }).find(([, value]) => value !== undefined);
  if (stray)
    throw new UserError(`model: ${stray[0]} is for a mixture of experts: set mlp moe, or leave it out`);
}

function checkObjective({ objective, maskRate, patch, embeddings }: ModelConfig): void {
  if (maskRate !== undefined && objective !== 'mlm')
    throw new UserError('model: maskRate is for objective mlm: set that too, or leave maskRate out');
  if (patch !== undefined && objective !== 'classify')
    throw new UserError('model: patch is for objective classify: set that too, or leave patch out');
  if (objective !== 'classify') return;
  if (patch === undefined)
    throw new UserError(
      'model: objective classify needs patch, the side of a patch in pixels, e.g. patch: 7',
    );
  if (embeddings === 'tied')
    throw new UserError(
      'model: patches and classes cannot be tied: leave embeddings out, or objective classify',
    );
}

// Models as Hugging Face folders (LlamaForCausalLM): config.json and model.safetensors
// under Llama's tensor names. A model that Llama cannot be is a folder of the same files that says so:
// no other program takes it for one.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CheckpointError, UserError } from '../core/errors.ts';
import type { PreparedData } from '../data/index.ts';
import { toJson } from '../files/atomic.ts';
import { type OwnedFolder, ownedFolder } from '../files/owned.ts';
import { type ModelConfig, modelConfig } from '../model/config.ts';
import { modelTensors, parameterCount, parameters } from '../model/parameters.ts';
import { checkModel } from '../model/presets.ts';
import { isSealed, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts';

/** The flat parameters as Llama's tensors, others under names of their own (views, not copies). */
export function toLlama(model: ModelConfig, params: Float32Array): Record<string, StoredTensor> {
  return Object.fromEntries(
    modelTensors(parameters(model)).map(({ name, shape, offset, size }) => [
      name,
      { shape: [...shape], data: params.subarray(offset, offset + size) },
    ]),
  );
}

/**
 * Copies Llama's tensors into the flat `params`. Throws CheckpointError naming a missing or misshapen tensor.
 */
export function fromLlama(
  model: ModelConfig,
  tensors: Record<string, StoredTensor>,
  params: Float32Array,
  file: string,
): void {
  for (const { name, shape, offset } of modelTensors(parameters(model))) {
    const tensor = tensors[name];
    if (!tensor) throw new CheckpointError(`${file}: tensor "${name}" is missing`);
    if (!(tensor.data instanceof Float32Array) || tensor.shape.join() !== shape.join())
      throw new CheckpointError(
        `${file}: tensor "${name}" is [${tensor.shape.join(', ')}], the model needs float32 [${shape.join(', ')}]`,
      );
    // Already there when it was read to its place.
    if (tensor.data.buffer !== params.buffer) params.set(tensor.data, offset);
  }
}

/** The tokenizer that a model goes with. */
export interface ModelText {
  /** Text of its `tokenizer.json`. */
  json: string;
  /** The token that ends a document: its id, and how it is written. */
  endOfText: { id: number; content: string };
}

/** The tokenizer of prepared data, for the folder of a model; undefined for images. */
export function modelText(data: Pick<PreparedData, 'tokenizerPath' | 'tokenizer'>): ModelText | undefined {
  if (data.tokenizerPath === '') return undefined;
  const { endOfText: id, decode } = data.tokenizer();
  return { json: readFileSync(data.tokenizerPath, 'utf8'), endOfText: { id, content: decode([id]) } };
}

/**
 * Documents stand between tokens that end the one before, as in GPT-2 and GPT-NeoX:
 * the same token begins a text. Without a tokenizer no token does: transformers would take 1 and 2.
 */
const ends = (text: ModelText | undefined) => {
  const id = text?.endOfText.id ?? null;
  return { bos_token_id: id, eos_token_id: id };
};

/** config.json of a Llama model of this shape. */
export function llamaConfig(model: ModelConfig, text?: ModelText): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: model.vocabSize,
    hidden_size: model.dim,
    intermediate_size: model.ffnDim,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    num_key_value_heads: model.heads,
    head_dim: model.dim / model.heads,
    max_position_embeddings: model.seqLen,
    rope_theta: model.ropeTheta,
    // The newer place of the same value (transformers 5).
    rope_parameters: { rope_type: 'default', rope_theta: model.ropeTheta },
    rms_norm_eps: model.normEps,
    initializer_range: model.initStd,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: model.embeddings === 'tied',
    torch_dtype: 'float32',
    ...ends(text),
  };
}

/** All that a config may say for transformers' Llama to be the model. */
const LLAMA_KEYS = [
  ...['vocabSize', 'dim', 'layers', 'heads', 'ffnDim', 'seqLen', 'ropeTheta', 'normEps', 'initStd'],
  'embeddings',
];
const isLlama = (model: ModelConfig): boolean =>
  Object.keys(checkModel(model)).every((key) => LLAMA_KEYS.includes(key));

const OWN = { architectures: ['GaplabTransformer'], model_type: 'gaplab' };

/** What a folder of an older version has, and what it has now. */
const OLD_FILES = ['config.json', 'model.safetensors'];
const TEXT_FILES = ['generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * A folder for a model: one of somebody else is not replaced. Older versions kept no list of files;
 * their tensors are sealed.
 */
export const modelFolder = (dir: string): OwnedFolder =>
  ownedFolder(
    dir,
    'model',
    (name, path) => OLD_FILES.includes(name) && isSealed(join(dirname(path), 'model.safetensors')),
  );

/** Throws UserError when a file in `dir` is in the way of a model: for commands to ask before they train. */
export const checkModelFolder = (dir: string): void => modelFolder(dir).check([...OLD_FILES, ...TEXT_FILES]);

/**
 * Writes the folder `dir`, with the tokenizer if it is given. Throws UserError when
 * it holds a model that gaplab did not write, or that was changed since.
 */
export function writeLlamaFolder(
  dir: string,
  model: ModelConfig,
  params: Float32Array,
  text?: ModelText,
): void {
  checkModelFolder(dir);
  const config = isLlama(model) ? llamaConfig(model, text) : { ...OWN, model };
  const folder = modelFolder(dir);
  const files = new Map([['config.json', toJson(config)]]);
  if (text) {
    const { content } = text.endOfText;
    files.set('tokenizer.json', text.json);
    files.set(
      'tokenizer_config.json',
      toJson({
        tokenizer_class: 'PreTrainedTokenizerFast',
        bos_token: content,
        eos_token: content,
        model_max_length: model.seqLen,
        clean_up_tokenization_spaces: false,
      }),
    );
    // Read by `generate` only: where to stop.
    if (isLlama(model)) files.set('generation_config.json', toJson(ends(text)));
  }
  // Of another model that stood here.
  folder.remove((name) => TEXT_FILES.includes(name) && !files.has(name));
  folder.write(files);
  folder.put('model.safetensors', (path) =>
    writeSafetensors(path, { tensors: toLlama(model, params), metadata: {} }),
  );
}

/** The model that a config.json describes. Throws UserError where it is none of ours, or cannot be read. */
export function readModelConfig(file: string): ModelConfig {
  let config: Record<string, unknown>;
  try {
    config = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'not an object' : (error as Error).message;
    throw new UserError(`${file}: cannot be read as a config.json (${why})`);
  }
  return config.model_type === OWN.model_type ? ownModel(file, config) : llamaModel(file, config);
}

/**
 * Reads a folder written by `writeLlamaFolder`, or any Llama model of the same architecture
 * in one float32 file.
 */
export function readLlamaFolder(dir: string): { model: ModelConfig; params: Float32Array<ArrayBuffer> } {
  const model = readModelConfig(join(dir, 'config.json'));
  const file = join(dir, 'model.safetensors');
  const params = new Float32Array(parameterCount(model));
  const places = toLlama(model, params);
  fromLlama(model, readSafetensors(file, (name) => places[name]?.data).tensors, params, file);
  return { model, params };
}

/** What transformers takes where a config.json of Llama says nothing; those of the first models do not. */
const LLAMA = { rope_theta: 10_000, rms_norm_eps: 1e-6, initializer_range: 0.02 };

function ownModel(file: string, config: Record<string, unknown>): ModelConfig {
  const parsed = modelConfig.safeParse(config.model);
  if (parsed.success) return checkModel(parsed.data);
  const { path, message } = parsed.error.issues[0];
  throw new UserError(`${file}: ${['model', ...path].join('.')}: ${message}`);
}

function llamaModel(file: string, config: Record<string, unknown>): ModelConfig {
  const size = (key: string, usual?: number) => {
    const value = config[key] ?? usual;
    if (typeof value !== 'number') throw new UserError(`${file}: "${key}" is missing or not a number`);
    return value;
  };
  const rope = config.rope_parameters as { rope_theta?: number; rope_type?: string } | undefined;
  const heads = size('num_attention_heads');
  const unsupported: [boolean, string][] = [
    [(config.model_type ?? 'llama') !== 'llama', `the architecture ${config.model_type}`],
    [(config.num_key_value_heads ?? heads) !== heads, 'grouped-query attention'],
    [(config.head_dim ?? size('hidden_size') / heads) !== size('hidden_size') / heads, 'another head_dim'],
    [config.attention_bias === true || config.mlp_bias === true, 'biases'],
    [(config.hidden_act ?? 'silu') !== 'silu', `the activation ${config.hidden_act}`],
    [Boolean(config.rope_scaling) || (rope?.rope_type ?? 'default') !== 'default', 'scaled rotary positions'],
  ];
  for (const [is, what] of unsupported)
    if (is) throw new UserError(`${file}: ${what} cannot be read, models here do without`);
  return checkModel({
    vocabSize: size('vocab_size'),
    dim: size('hidden_size'),
    layers: size('num_hidden_layers'),
    heads,
    ffnDim: size('intermediate_size'),
    seqLen: size('max_position_embeddings'),
    ropeTheta: rope?.rope_theta ?? size('rope_theta', LLAMA.rope_theta),
    normEps: size('rms_norm_eps', LLAMA.rms_norm_eps),
    initStd: size('initializer_range', LLAMA.initializer_range),
    ...(config.tie_word_embeddings === true ? { embeddings: 'tied' as const } : {}),
  });
}

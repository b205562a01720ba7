// Hugging Face folders: what is written is read, and a model of another architecture
// is not taken for one of ours. (That transformers computes the same from them is checked
// in src/model/torch.test.ts and bench/peers/replay.py.)
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CheckpointError, UserError } from '../core/errors.ts';
import { MANIFEST } from '../files/manifest.ts';
import type { ModelConfig } from '../model/config.ts';
import { initialize, parameterCount } from '../model/parameters.ts';
import { modelPreset, modelPresets } from '../model/presets.ts';
import { fromLlama, llamaConfig, readLlamaFolder, toLlama, writeLlamaFolder } from './llama.ts';
import { readSafetensors } from './safetensors.ts';
import { scratch } from './tiny-run.testing.ts';

const root = scratch();
const model = modelPreset('tiny', { layers: 2, ropeTheta: 1234, normEps: 1e-5, initStd: 0.03 });
const params = new Float32Array(parameterCount(model));
initialize(model, 1, params);
const oneLine = (kind: typeof UserError, message: RegExp) => (e: unknown) =>
  e instanceof kind && message.test(e.message) && !e.message.includes('\n');

/** A folder whose config.json is changed. */
function folder(changes: Record<string, unknown> | string = {}): string {
  const dir = mkdtempSync(join(root, 'model-'));
  writeLlamaFolder(dir, model, params);
  const text = typeof changes === 'string' ? changes : JSON.stringify({ ...llamaConfig(model), ...changes });
  writeFileSync(join(dir, 'config.json'), text);
  return dir;
}

test('a folder comes back: every preset shape, every value', () => {
  const found = readLlamaFolder(folder());
  assert.deepEqual(found.model, model);
  assert.deepEqual(found.params, params);
  for (const preset of Object.values(modelPresets)) {
    const config = llamaConfig(preset) as Record<string, number>;
    assert.equal(config.head_dim * config.num_attention_heads, config.hidden_size);
  }
});

test('an embedding tied to the head is a Llama, other layers are not', () => {
  const written = (changes: Partial<ModelConfig>) => {
    const variant = modelPreset('tiny', changes);
    const values = new Float32Array(parameterCount(variant));
    initialize(variant, 2, values);
    const dir = mkdtempSync(join(root, 'variant-'));
    writeLlamaFolder(dir, variant, values);
    assert.deepEqual(readLlamaFolder(dir), { model: variant, params: values });
    const { tensors } = readSafetensors(join(dir, 'model.safetensors'));
    return { config: JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')), tensors };
  };
  const tied = written({ embeddings: 'tied' });
  assert.deepEqual([tied.config.model_type, tied.config.tie_word_embeddings], ['llama', true]);
  assert.ok(!('lm_head.weight' in tied.tensors));
  const moe = { mlp: 'moe', experts: 3, topK: 1, ffnDim: 8 } as const;
  for (const changes of [
    { norm: 'layernorm' },
    { normPlace: 'post' },
    { mlp: 'gelu' },
    { positions: 'learned' },
    moe,
  ] as const) {
    const { config } = written(changes);
    assert.deepEqual([config.architectures, config.model_type], [['GaplabTransformer'], 'gaplab']);
  }
  assert.deepEqual(written(moe).tensors['model.layers.0.mlp.experts.2.down_proj.weight'].shape, [32, 8]);
});

test('the tokenizer goes with the model, and begins and ends of texts are its own', () => {
  const dir = join(root, 'with-text');
  // Id 3 in a tokenizer of somebody else.
  const text = { json: '{"model": {}}\n', endOfText: { id: 3, content: '</s>' } };
  writeLlamaFolder(dir, model, params, text);
  const read = (name: string) => JSON.parse(readFileSync(join(dir, name), 'utf8'));
  assert.deepEqual(
    readdirSync(dir)
      .filter((name) => name !== MANIFEST)
      .sort(),
    ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'],
  );
  assert.equal(readFileSync(join(dir, 'tokenizer.json'), 'utf8'), text.json);
  for (const name of ['config.json', 'generation_config.json'])
    assert.deepEqual([read(name).bos_token_id, read(name).eos_token_id], [3, 3], name);
  const { bos_token, eos_token, model_max_length } = read('tokenizer_config.json');
  assert.deepEqual([bos_token, eos_token, model_max_length], ['</s>', '</s>', model.seqLen]);
  assert.deepEqual(readLlamaFolder(dir).model, model);
  // Written again without a tokenizer, nothing of the old one stays.
  writeLlamaFolder(dir, model, params);
  assert.deepEqual(
    readdirSync(dir)
      .filter((name) => name !== MANIFEST)
      .sort(),
    ['config.json', 'model.safetensors'],
  );
  assert.deepEqual([read('config.json').bos_token_id, read('config.json').eos_token_id], [null, null]);
});

test('a tokenizer that somebody put beside our model is not replaced', () => {
  const dir = folder();
  rmSync(join(dir, MANIFEST), { force: true });
  rmSync(join(dir, 'config.json'));
  writeFileSync(join(dir, 'tokenizer.json'), '{}');
  const text = { json: '{"model": {}}', endOfText: { id: 0, content: '<|endoftext|>' } };
  assert.throws(
    () => writeLlamaFolder(dir, model, params, text),
    oneLine(UserError, /tokenizer\.json was not written by gaplab/),
  );
  assert.equal(readFileSync(join(dir, 'tokenizer.json'), 'utf8'), '{}');
});

test('tensors have the names, shapes and values of Llama', () => {
  const { tensors } = readSafetensors(join(folder(), 'model.safetensors'));
  const names = Object.keys(tensors);
  assert.equal(names.length, 3 + 9 * 2);
  assert.ok(
    names.every((name) => /^(model\.(embed_tokens|norm|layers\.[01]\..+)|lm_head)\.weight$/.test(name)),
  );
  // q, k and v are the thirds of one matrix [3 D, D], which comes after the table and the first norm.
  const start = 512 * 32 + 32;
  ['q', 'k', 'v'].forEach((part, i) => {
    const { shape, data } = tensors[`model.layers.0.self_attn.${part}_proj.weight`];
    assert.deepEqual(shape, [32, 32]);
    assert.deepEqual(data, params.subarray(start + i * 1024, start + (i + 1) * 1024));
  });
});

test('tensors are views: nothing is copied', () => {
  assert.ok(Object.values(toLlama(model, params)).every(({ data }) => data.buffer === params.buffer));
});

test('the place of rope_theta in older and newer folders', () => {
  assert.equal(readLlamaFolder(folder({ rope_parameters: undefined })).model.ropeTheta, 1234);
  assert.equal(readLlamaFolder(folder({ rope_theta: undefined })).model.ropeTheta, 1234);
});

test('what the first Llamas do not say is what transformers takes', () => {
  const bare = { rope_theta: undefined, rope_parameters: undefined, rms_norm_eps: undefined };
  const { ropeTheta, normEps, initStd } = readLlamaFolder(
    folder({ ...bare, initializer_range: undefined }),
  ).model;
  assert.deepEqual([ropeTheta, normEps, initStd], [10_000, 1e-6, 0.02]);
});

const wrong: [Record<string, unknown> | string, RegExp][] = [
  ['{', /cannot be read as a config\.json/],
  ['null', /cannot be read as a config\.json/],
  [{ hidden_size: '32' }, /"hidden_size" is missing or not a number/],
  [{ num_key_value_heads: 1 }, /grouped-query/],
  [{ model_type: 'qwen2' }, /the architecture qwen2/],
  [{ head_dim: 64 }, /head_dim/],
  [{ model_type: 'gaplab' }, /model: .*expected object/],
  [{ model_type: 'gaplab', model: { ...model, norm: 'batchnorm' } }, /model\.norm: .*layernorm/],
  [{ model_type: 'gaplab', model: { ...model, mlp: 'moe' } }, /moe needs experts/],
  [{ attention_bias: true }, /biases/],
  [{ mlp_bias: true }, /biases/],
  [{ hidden_act: 'gelu' }, /gelu/],
  [{ rope_scaling: { type: 'linear', factor: 2 } }, /rotary/],
  [{ rope_parameters: { rope_type: 'llama3', rope_theta: 1 } }, /rotary/],
  [{ num_attention_heads: 3, num_key_value_heads: 3, head_dim: undefined }, /even width/],
];
for (const [changes, message] of wrong)
  test(`refused: config.json with ${JSON.stringify(changes)}`, () => {
    assert.throws(() => readLlamaFolder(folder(changes)), oneLine(UserError, message));
  });

test('refused: no folder, tensors missing or of another shape or type', () => {
  assert.throws(
    () => readLlamaFolder(join(root, 'none')),
    oneLine(UserError, /cannot be read as a config\.json/),
  );
  assert.throws(
    () => readLlamaFolder(folder({ vocab_size: 500 })),
    oneLine(CheckpointError, /embed_tokens.*\[500, 32\]/),
  );
  assert.throws(
    () => readLlamaFolder(folder({ num_hidden_layers: 3 })),
    oneLine(CheckpointError, /layers\.2\..* is missing/),
  );
  const tensors = toLlama(model, params);
  const norm = { 'model.norm.weight': { shape: [32], data: new Int32Array(32) } };
  const into = new Float32Array(params.length);
  assert.throws(
    () => fromLlama(model, { ...tensors, ...norm }, into, 'file'),
    oneLine(CheckpointError, /^file: tensor "model\.norm\.weight" .* float32 \[32\]$/),
  );
});

test('config.json is text that people can read', () => {
  const dir = scratch();
  writeLlamaFolder(dir, model, params);
  assert.match(readFileSync(join(dir, 'config.json'), 'utf8'), /^\{\n {2}"architectures": \[\n/);
});

test('a model of ours is replaced, one of somebody else is not, nor one that was changed', () => {
  const refused = oneLine(UserError, /so it is not replaced: move or rename it/);
  const changed = folder({ vocab_size: 500 });
  assert.throws(() => writeLlamaFolder(changed, model, params), refused);
  const foreign = scratch();
  writeFileSync(join(foreign, 'model.safetensors'), 'theirs');
  assert.throws(() => writeLlamaFolder(foreign, model, params), refused);
  assert.deepEqual(readdirSync(foreign), ['model.safetensors']);
  // Older versions kept no list: the checksum in the tensors tells.
  const dir = scratch();
  writeLlamaFolder(dir, model, params);
  rmSync(join(dir, MANIFEST));
  writeLlamaFolder(
    dir,
    model,
    params.map((x) => 2 * x),
  );
  assert.equal(readLlamaFolder(dir).params[0], 2 * params[0]);
  rmSync(join(dir, MANIFEST));
  const file = join(dir, 'model.safetensors');
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(file, bytes);
  assert.throws(() => writeLlamaFolder(dir, model, params), refused);
  assert.deepEqual(readFileSync(file), bytes);
});

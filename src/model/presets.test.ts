// The named models are as large as their names say, and impossible shapes are told apart from possible ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import type { ModelConfig } from './config.ts';
import { parameterCount } from './parameters.ts';
import { checkModel, modelPreset, modelPresets } from './presets.ts';

test('presets have the parameters that their names promise, in ascending order', () => {
  const counts = Object.fromEntries(
    Object.entries(modelPresets).map(([name, model]) => [name, parameterCount(model)]),
  );
  // By hand for nano: 2 tables of 2048 x 64; per layer 4 x 64 x 64, 3 x 64 x 176 and 2 norms; the last norm.
  assert.equal(counts.nano, 2 * 2048 * 64 + 2 * (4 * 64 ** 2 + 3 * 64 * 176 + 2 * 64) + 64);
  assert.ok(Math.abs(counts['160m'] / 162e6 - 1) < 0.002, `${counts['160m']}`);
  for (const [name, count] of Object.entries(counts)) {
    const named = /^(\d+)([mb])$/.exec(name);
    if (!named) continue;
    const promised = Number(named[1]) * (named[2] === 'm' ? 1e6 : 1e9);
    assert.ok(count > 0.97 * promised && count < 1.35 * promised, `${name} has ${count}`);
  }
  for (const vision of [true, false]) {
    const list = Object.keys(counts).filter((name) => name.endsWith('-vision') === vision);
    assert.deepEqual(
      list.toSorted((a, b) => counts[a] - counts[b]),
      list,
    );
  }
  // By hand: 16 positions and a patch matrix of 49 x 64, the layers of nano, ten classes.
  assert.equal(counts['nano-vision'], counts.nano - 2 * 2048 * 64 + (16 + 49 + 10) * 64);
});

test('every preset can be built, and overrides are checked too', () => {
  for (const name of Object.keys(modelPresets)) assert.deepEqual(modelPreset(name), modelPresets[name]);
  assert.equal(modelPreset('nano', { seqLen: 16 }).seqLen, 16);
  assert.equal(modelPresets.nano.seqLen, 64);
});

test('words that say what is usual are left out: the same model is the same config, and has the same id', () => {
  const usual: Partial<ModelConfig> = {
    ...{ norm: 'rmsnorm', normPlace: 'pre', mlp: 'swiglu', positions: 'rotary', embeddings: 'untied' },
    ...{ experts: undefined, topK: undefined, balance: undefined },
  };
  assert.deepEqual(Object.keys(modelPreset('nano', usual)), Object.keys(modelPresets.nano));
  assert.equal(JSON.stringify(modelPreset('nano', usual)), JSON.stringify(modelPresets.nano));
  assert.equal(modelPreset('nano', { norm: 'layernorm', mlp: 'swiglu' }).norm, 'layernorm');
});

test('no preset of a language model has a word: their ids are those of before there were any', () => {
  const keys = 'dim ffnDim heads initStd layers normEps ropeTheta seqLen vocabSize';
  const presets = Object.values(modelPresets).filter(({ objective }) => objective === undefined);
  assert.equal(presets.length, 8);
  for (const preset of presets) assert.equal(Object.keys(preset).sort().join(' '), keys);
});

test('learned positions take heads of odd width', () => {
  assert.equal(modelPreset('nano', { positions: 'learned', heads: 64 }).heads, 64);
});

const wrong: [Parameters<typeof modelPreset>, RegExp][] = [
  [['nanno'], /^unknown model "nanno"; presets: tiny, nano, /],
  [['toString'], /^unknown model "toString"/],
  [['nano', { heads: 3 }], /dim 64 \/ heads 3 = 21\.3.*even width/],
  [['nano', { heads: 64 }], /dim 64 \/ heads 64 = 1, .*even width/],
  [['nano', { layers: 0 }], /^model: layers: /],
  [['nano', { seqLen: 1 }], /^model: seqLen: /],
  [['nano', { vocabSize: 2.5 }], /^model: vocabSize: /],
  [['nano', { normEps: Number.NaN }], /^model: normEps: /],
  [['nano', { ropeTheta: -1 }], /^model: ropeTheta: /],
  [['nano', { norm: 'batchnorm' as 'layernorm' }], /^model: norm: .*"layernorm"/],
  [['nano', { positions: 'learned', heads: 3 }], /21\.3.*a whole width/],
  [['nano', { mlp: 'moe', experts: 4 }], /mlp moe needs experts and topK/],
  [['nano', { mlp: 'moe', experts: 4, topK: 5 }], /topK 5 is more than the 4 experts/],
  [['nano', { mlp: 'moe', experts: 1, topK: 1 }], /^model: experts: /],
  [['nano', { experts: 4 }], /experts is for a mixture of experts/],
  [['nano', { mlp: 'gelu', balance: 0.01 }], /balance is for a mixture of experts/],
  [['nano', { objective: 'mml' as never }], /^model: objective: /],
  [['nano', { maskRate: 0.3 }], /maskRate is for objective mlm/],
  [['nano', { objective: 'mlm', maskRate: 0 }], /^model: maskRate: /],
  [['nano', { patch: 4 }], /patch is for objective classify/],
  [['nano', { objective: 'classify' }], /classify needs patch/],
];
for (const [args, message] of wrong)
  test(`impossible: ${JSON.stringify(args)}`, () => {
    assert.throws(
      () => modelPreset(...args),
      (error) => error instanceof UserError && message.test(error.message) && !error.message.includes('\n'),
    );
  });

test('a key that no model has is an error', () => {
  assert.throws(() => checkModel({ ...modelPresets.nano, width: 3 } as never), UserError);
});

// Validation: which sequences, and that its loss is their mean.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { prepareData } from '../data/index.ts';
import { createEngine } from '../runtime/engine.ts';
import { host } from '../runtime/targets/host.ts';
import { evaluate, validationChunks } from './evaluate.ts';
import { scratch, syntheticData, tinyRun } from './tiny-run.testing.ts';

const config = tinyRun();
const engine = await createEngine({ ...config, threads: 1 }, host);
engine.initialize(1);
after(() => engine.close());
const withTokens = (tokens: number) => ({ ...config, eval: { tokens, every: 0 } });

test('the loss is the mean over all sequences, in chunks or one by one', async () => {
  const data = syntheticData({ validation: 1200 });
  const all = withTokens(1e6);
  const chunks = [...validationChunks(all, data)];
  assert.ok(chunks.length > 1 && chunks.at(-1)!.count < chunks[0].count);
  const losses: number[] = [];
  for (const { sequences, count } of chunks)
    for (let i = 0; i < count; i++) losses.push(await engine.loss(sequences.subarray(9 * i, 9 * (i + 1)), 1));
  assert.equal(losses.length, Math.floor(1199 / 8));
  const found = await evaluate(engine, all, data);
  const mean = losses.reduce((a, b) => a + b) / losses.length;
  assert.ok(Math.abs(found.loss - mean) < 1e-6, `${found.loss}, ${mean}`);
  assert.equal(found.tokens, 8 * losses.length);
  assert.equal(found.bitsPerByte, found.loss / Math.LN2 / 2);
});

test('bits per byte are over the bytes of the tokens that were evaluated', async () => {
  // Latin, then Cyrillic: tokens of one byte in the first half of the split, of two in the second.
  const validation = syntheticData({ validation: 801 }).validation;
  const ids = new Int32Array(801);
  validation.read(0, ids);
  const half = ids.map((id, i) => (i < 400 ? id % 8 : 8 + (id % 8)));
  const read = (start: number, out: Int32Array) => out.set(half.subarray(start, start + out.length));
  const bytesIn = (of: ArrayLike<number>) =>
    Array.from(of, (id) => (id < 8 ? 1 : 2)).reduce((a, b) => a + b, 0);
  const data = { ...syntheticData(), validation: { length: 801, read }, bytesIn };
  const bits = async (tokens: number) => {
    const { loss, bitsPerByte } = await evaluate(engine, withTokens(tokens), data);
    return (bitsPerByte! * Math.LN2) / loss;
  };
  assert.equal(await bits(8), 1); // the first window alone: all Latin, though the split has 1.5 bytes a token
  assert.ok(Math.abs((await bits(800)) - 800 / (399 + 2 * 401)) < 1e-12);
  assert.equal((await evaluate(engine, config, { ...data, bytesIn: undefined })).bitsPerByte, null);
});

test('a prepared corpus of two scripts knows the bytes of any of its tokens', async () => {
  const dir = scratch();
  const texts = [
    'the quick brown fox jumps over the lazy dog. ',
    'съешь же ещё этих мягких французских булок. ',
  ];
  mkdirSync(join(dir, 'texts'));
  for (let i = 0; i < 40; i++)
    writeFileSync(join(dir, 'texts', `${i}.txt`), texts[i % 2].repeat(5 + (i % 3)) + i);
  const data = await prepareData({
    corpus: join(dir, 'texts'),
    vocabSize: 300,
    cacheDir: join(dir, 'cache'),
  });
  // The characters of a token in the file are its bytes.
  const { vocab } = JSON.parse(readFileSync(data.tokenizerPath, 'utf8')).model;
  const sizes: number[] = [];
  for (const [token, id] of Object.entries<number>(vocab)) sizes[id] = id === 0 ? 0 : [...token].length;
  const run = tinyRun();
  const model = { ...run.model, vocabSize: 300 };
  const large = await createEngine({ ...run, model, threads: 1 }, host);
  try {
    large.initialize(1);
    for (const tokens of [8, 40, 1e6]) {
      const here = { model, eval: { tokens, every: 0 } };
      let bytes = 0;
      for (const { sequences } of validationChunks(here, data))
        sequences.forEach((id, i) => (bytes += i % 9 === 0 ? 0 : sizes[id]));
      const found = await evaluate(large, here, data);
      const expected = (found.loss * found.tokens) / Math.LN2 / bytes;
      assert.ok(Math.abs(found.bitsPerByte! - expected) < 1e-12 * expected, `${tokens} tokens`);
    }
  } finally {
    await large.close();
    data.close();
  }
});

test('no more tokens than asked for, and at least one sequence', async () => {
  const data = syntheticData();
  for (const [asked, given] of [
    [1, 8],
    [8, 8],
    [100, 96],
    [1e9, 496],
  ])
    assert.equal((await evaluate(engine, withTokens(asked), data)).tokens, given, `${asked} tokens`);
});

test('one sequence is enough, less is refused in one line', async () => {
  assert.equal((await evaluate(engine, config, syntheticData({ validation: 9 }))).tokens, 8);
  await assert.rejects(
    evaluate(engine, config, syntheticData({ validation: 8 })),
    (e) => e instanceof UserError && /8 tokens need 9, .* has 8/.test(e.message) && !e.message.includes('\n'),
  );
});

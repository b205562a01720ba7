// Validation: which sequences, and that its loss is their mean.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { createEngine } from '../runtime/engine.ts';
import { openSession } from '../runtime/session.ts';
import { evaluate, validationChunks } from './evaluate.ts';
import { syntheticData, tinyRun } from './tiny-run.testing.ts';

const config = tinyRun();
const engine = await createEngine({ ...config, threads: 1 }, openSession);
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

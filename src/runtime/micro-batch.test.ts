import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { modelPreset, modelPresets } from '../model/presets.ts';
import { defaultMicroBatch, kernelPiece } from './micro-batch.ts';

test('micro-batches where few positions predict: bounded by the other tensors', () => {
  const micro = (changes: object, name = 'nano') => defaultMicroBatch(modelPreset(name, changes), 1e6);
  // 10 of 64 tokens: logits of 10 x 2048, six times as many sequences.
  assert.deepEqual([micro({}), micro({ objective: 'mlm' })], [8, 51]);
  // The widest tensor of an image is queries, keys and values, 16 x 192.
  assert.equal(micro({}, 'nano-vision'), 341);
});

test('pieces that kernels take: small where the model is narrow, at least one sequence', () => {
  const sizes = ['tiny', 'nano', '1m', '10m', '160m'].map((name) => kernelPiece(modelPreset(name)));
  assert.deepEqual(sizes, [8, 2, 4, 6, 1]);
});

test('micro-batches: at least one sequence, never more than the batch, logits bounded, monotone', () => {
  const size = fc.integer({ min: 2, max: 5000 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 4096 }), (vocabSize, seqLen, batch) => {
      const model = { ...modelPresets.nano, vocabSize, seqLen };
      const micro = defaultMicroBatch(model, batch);
      assert.ok(Number.isInteger(micro) && micro >= 1 && micro <= batch);
      assert.ok(micro === 1 || micro * seqLen * vocabSize <= 2 ** 20);
      assert.ok(micro <= defaultMicroBatch(model, batch + 1));
      assert.ok(micro >= defaultMicroBatch({ ...model, vocabSize: vocabSize + 1 }, batch));
    }),
  );
});

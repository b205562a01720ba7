// The loss of frequencies, by hand, and of data that are not there.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { prepareData } from './prepare.ts';
import { unigramLoss, unigramLossOf } from './unigram.ts';

const shard = (ids: number[]) => ({
  length: ids.length,
  read(start: number, out: Int32Array) {
    out.set(ids.slice(start, start + out.length));
  },
});

test('minus the mean logarithm of frequencies, every count one higher', () => {
  // Of 3 entries: counts 3 + 1, 1 + 1 and 0 + 1 of 4 + 3.
  const loss = unigramLoss(shard([0, 0, 1, 0]), shard([0, 2]), 3);
  assert.ok(Math.abs(loss - -(Math.log(4 / 7) + Math.log(1 / 7)) / 2) < 1e-12);
});

test('prepared text has one, the same as from its shards; what is not in the cache has none', async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'gaplab-unigram-'));
  const corpus = join(cacheDir, 'text.txt');
  writeFileSync(corpus, Array.from({ length: 400 }, (_, i) => `Sentence ${i * 7919} of many.\n\n`).join(''));
  const data = await prepareData({ corpus, vocabSize: 280, cacheDir, onWarning() {} });
  const loss = unigramLossOf(data.fingerprint, cacheDir);
  assert.equal(loss, unigramLoss(data.train, data.validation, data.vocabSize));
  assert.ok(loss! > 1 && loss! < Math.log(280));
  data.close();
  assert.equal(unigramLossOf('0'.repeat(64), cacheDir), undefined);
});

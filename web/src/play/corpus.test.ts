// The text that the page trains on is the one that its learning rates were measured on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playgroundFiles } from '../../shard.ts';
import { openCorpus, type Shard } from './corpus.ts';
import { measured } from './measured.ts';
import { evalTokens, model } from './race.ts';

test('the files beside the page are the data of the measured rates, and read as text', async () => {
  const files = await playgroundFiles();
  const shard = JSON.parse(files.get('play/corpus.json') as string) as Shard;
  const { buffer } = files.get('play/tokens.bin') as Uint8Array<ArrayBuffer>;
  assert.equal(shard.fingerprint, measured.fingerprint);
  const { train, validation, text } = openCorpus(shard, buffer);
  assert.equal(validation.length, evalTokens + 1);
  assert.ok(train.every((id) => id < model.vocabSize));
  assert.match(text(validation.subarray(0, 24)), /^Mr\. President, Mr\. Speaker, Members/);
  const byte = (code: number) => shard.pieces.indexOf(String.fromCharCode(code));
  // A model that has just begun writes such things.
  assert.equal(text([byte(1), byte(65), byte(10), byte(0xff), byte(66)]), '·A\n·B');
  assert.throws(() => openCorpus(shard, buffer.slice(2)), /bytes, corpus\.json says/);
});

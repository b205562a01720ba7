// How well single tokens can be predicted from their frequencies alone: the plateau
// on which training stands before a model learns what follows what.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cache } from './cache.ts';
import { openShard, type TokenShard } from './shards.ts';

/** Ids are read in pieces of so many. */
const CHUNK = 1 << 16;

function frequencies(shard: TokenShard, vocabSize: number): Float64Array {
  const counts = new Float64Array(vocabSize);
  for (let from = 0; from < shard.length; from += CHUNK) {
    const ids = new Int32Array(Math.min(CHUNK, shard.length - from));
    shard.read(from, ids);
    for (const id of ids) counts[id]++;
  }
  return counts;
}

/**
 * Mean of -log p over the validation tokens in nats, where p is a token's frequency in the training split.
 * Every count is one higher, so that a token which only validation has costs no infinity.
 */
export function unigramLoss(train: TokenShard, validation: TokenShard, vocabSize: number): number {
  const known = frequencies(train, vocabSize);
  const asked = frequencies(validation, vocabSize);
  const total = train.length + vocabSize;
  return asked.reduce((sum, n, id) => sum - n * Math.log((known[id] + 1) / total), 0) / validation.length;
}

/** That of prepared text; undefined where the cache does not hold it, and for images. */
export function unigramLossOf(fingerprint: string, cacheDir?: string): number | undefined {
  const dir = new Cache(cacheDir).folder(fingerprint);
  try {
    const { tokenType, vocabSize, images } = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
    if (images) return undefined;
    const [train, validation] = ['train.bin', 'validation.bin'].map((file) =>
      openShard(join(dir, file), tokenType),
    );
    try {
      return unigramLoss(train, validation, vocabSize);
    } finally {
      train.close();
      validation.close();
    }
  } catch {
    return undefined;
  }
}

// Shards give back what was written, at any position, in both widths and through the block cache.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../files/sha256.ts';
import { createShardWriter, openShard, type TokenType, tokenType } from './shards.ts';

const dir = mkdtempSync(join(tmpdir(), 'gaplab-shards-'));
after(() => rmSync(dir, { recursive: true }));

function written(name: string, type: TokenType, parts: number[][]) {
  const path = join(dir, name);
  const writer = createShardWriter(path, type);
  for (const part of parts) writer.append(part);
  return { path, ...writer.finish() };
}

test('any range of a shard reads as it was written', () => {
  // 100,000 tokens: several blocks in both widths.
  const id = (i: number) => (i * 2654435761) % 65536;
  for (const type of ['uint16', 'uint32'] as const) {
    const values = Array.from({ length: 100_000 }, (_, i) => (type === 'uint16' ? id(i) : id(i) * 30_000));
    const {
      path,
      tokens,
      sha256: hash,
    } = written(`any-${type}`, type, [values.slice(0, 7), [], values.slice(7)]);
    assert.equal(tokens, values.length);
    assert.equal(hash, sha256(readFileSync(path)));
    assert.equal(statSync(path).size, values.length * (type === 'uint16' ? 2 : 4));
    const shard = openShard(path, type);
    assert.equal(shard.length, values.length);
    fc.assert(
      fc.property(fc.nat(99_999), fc.nat(70_000), (start, n) => {
        const out = new Int32Array(Math.min(n, values.length - start));
        shard.read(start, out);
        assert.deepEqual(out, Int32Array.from(values.slice(start, start + out.length)));
      }),
      { numRuns: 40 },
    );
    for (const [start, n] of [
      [-1, 1],
      [99_999, 2],
      [0.5, 1],
      [Number.NaN, 1],
    ]) {
      assert.throws(() => shard.read(start, new Int32Array(n)), RangeError);
    }
    shard.close();
    shard.close();
    assert.throws(() => shard.read(0, new Int32Array(1)), /closed/);
  }
});

test('a shard larger than the cache reads right, and stays out of memory', () => {
  // 40 MiB, the cache holds 32.
  const part = Array.from({ length: 1 << 20 }, (_, i) => i % 65521);
  const { path } = written(
    'large',
    'uint16',
    Array.from({ length: 20 }, () => part),
  );
  const shard = openShard(path, 'uint16');
  const out = new Int32Array(3);
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at + 3 <= shard.length; at += 30_011) {
      shard.read(at, out);
      assert.deepEqual(
        [...out],
        [0, 1, 2].map((i) => part[(at + i) % part.length]),
      );
    }
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 39 << 20);
  shard.close();
});

test('files are little-endian, in the smallest type that holds the vocabulary', () => {
  assert.deepEqual([...readFileSync(written('le16', 'uint16', [[258, 65535]]).path)], [2, 1, 255, 255]);
  assert.deepEqual([...readFileSync(written('le32', 'uint32', [[16909060]]).path)], [4, 3, 2, 1]);
  assert.equal(tokenType(65536), 'uint16');
  assert.equal(tokenType(65537), 'uint32');
});

// Streams of several members or frames, arriving in pieces of every size, and everything
// that may be wrong at their ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { UserError } from '../core/errors.ts';
import { decompress } from './decompress.ts';
import type { Compression } from './kinds.ts';

const text = Buffer.from('The batch grows, '.repeat(9000) + Math.PI);
const gzip = zlib.gzipSync(text);
const zstd = zlib.zstdCompressSync(text);
/** A frame that is to be skipped, as tools write for their own ends. */
const skipped = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.from('abcd')]);

/** What comes out, for pieces of each size up to that of the whole. */
async function* results(bytes: Buffer, how: Compression) {
  for (let size = 1; size <= bytes.length; size += size < 40 ? 1 : 17) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    yield Array.fromAsync(decompress(pieces, how, 'a.txt')).then(
      (parts) => Buffer.concat(parts),
      (error: Error) => error,
    );
  }
}

const whole: [string, Compression, number, Buffer[]][] = [
  ['a gzip member', 'gzip', 1, [gzip]],
  ['three members', 'gzip', 3, [gzip, gzip, gzip]],
  ['a member and the zeros of a tape', 'gzip', 1, [gzip, Buffer.alloc(99)]],
  ['a Zstandard frame', 'zstd', 1, [zstd]],
  ['three frames', 'zstd', 3, [zstd, zstd, zstd]],
  ['frames to be skipped', 'zstd', 2, [skipped, zstd, skipped, zstd, skipped]],
  ['an empty frame between', 'zstd', 2, [zstd, zlib.zstdCompressSync(''), zstd]],
];
for (const [name, how, times, parts] of whole)
  test(`whole: ${name}`, async () => {
    const expected = Buffer.concat(Array<Buffer>(times).fill(text));
    for await (const result of results(Buffer.concat(parts), how)) assert.deepEqual(result, expected);
  });

const second = (bytes: Buffer, end: number) => [bytes, bytes.subarray(0, end)];
const broken: [string, Compression, Buffer[], RegExp][] = [
  ['cut', 'gzip', [gzip.subarray(0, -1)], /^a\.txt is cut short: its gzip stream has no end/],
  ['cut in the second member', 'gzip', second(gzip, 5), /is cut short/],
  ['with something behind', 'gzip', [gzip, Buffer.from('garbage')], /is damaged/],
  [
    'with something behind zeros',
    'gzip',
    [gzip, Buffer.alloc(40), Buffer.from('x')],
    /is damaged: .*followed by/,
  ],
  ['cut', 'zstd', [zstd.subarray(0, -1)], /^a\.txt is cut short: its Zstandard stream has no end/],
  ['cut in the head of the second frame', 'zstd', second(zstd, 3), /is cut short/],
  ['cut in the second frame', 'zstd', second(zstd, 12), /is cut short/],
  ['with something behind', 'zstd', [zstd, Buffer.from('garbage')], /is damaged/],
  ['with zeros behind', 'zstd', [zstd, Buffer.alloc(40)], /is damaged/],
];
for (const [name, how, parts, message] of broken)
  test(`${how} ${name}`, async () => {
    for await (const result of results(Buffer.concat(parts), how)) {
      assert.ok(result instanceof UserError, String(result));
      assert.match(result.message, message);
    }
  });

test('a window larger than 128 MB is told', async () => {
  // A frame head that asks for 2 GB: magic number, descriptor without a size, window of 2^31 bytes.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3, 0x01, 0x00, 0x00]);
  await assert.rejects(
    Array.fromAsync(decompress([head], 'zstd', 'a.zst')),
    (e: Error) => e instanceof UserError && /needs more than 128 MB .*--long/.test(e.message),
  );
});

test('a reader that stops early ends the source', async () => {
  let ended = false;
  function* pieces() {
    try {
      for (;;) yield gzip;
    } finally {
      ended = true;
    }
  }
  for await (const piece of decompress(pieces(), 'gzip', 'a.gz')) if (piece.length > 0) break;
  assert.ok(ended);
});

// Files come back as they were written; a file with any damage does not come back at all.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { CheckpointError } from '../core/errors.ts';
import { readSafetensors, type Stored, writeSafetensors } from './safetensors.ts';
import { scratch } from './tiny-run.testing.ts';

const dir = scratch();
const file = join(dir, 'file.safetensors');

/** Also what fixtures/gaplab.safetensors holds, see fixtures/check.py. */
const sample: Stored = {
  tensors: {
    'model.a': { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-40, Number.POSITIVE_INFINITY, -0, 1 / 3) },
    ids: { shape: [4], data: Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31)) },
    scalar: { shape: [], data: Float32Array.of(7) },
    empty: { shape: [0, 5], data: new Float32Array(0) },
  },
  metadata: { gaplab: '{"step":12,"é":"ü\\n"}' },
};

function sampleBytes(): Buffer {
  writeSafetensors(file, sample);
  return readFileSync(file);
}

/** Writes `bytes` and expects the one line of a CheckpointError. */
function refused(bytes: Uint8Array, what: string): void {
  writeFileSync(file, bytes);
  assert.throws(
    () => readSafetensors(file),
    (e) => e instanceof CheckpointError && e.message.startsWith(file) && !e.message.includes('\n'),
    what,
  );
}

const headerOf = (bytes: Buffer) => {
  const length = Number(bytes.readBigUInt64LE(0));
  return { length, header: JSON.parse(bytes.toString('utf8', 8, 8 + length)) };
};
function withHeader(header: unknown, data: Uint8Array): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

test('what was written is read, each tensor in memory of its own', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9._]{0,12}$/);
  const tensor = fc.oneof(
    fc.float32Array({ maxLength: 20 }).map((data) => ({ shape: [data.length], data })),
    fc.int32Array({ maxLength: 10 }).map((data) => ({ shape: [1, data.length, 1], data })),
  );
  fc.assert(
    fc.property(fc.dictionary(name, tensor), fc.dictionary(name, fc.string()), (tensors, metadata) => {
      writeSafetensors(file, { tensors, metadata });
      const found = readSafetensors(file);
      assert.deepEqual(Object.keys(found.tensors), Object.keys(tensors));
      for (const [key, { shape, data }] of Object.entries(found.tensors)) {
        assert.deepEqual(shape, tensors[key].shape);
        assert.deepEqual(data, tensors[key].data);
        assert.equal(data.byteLength, data.buffer.byteLength);
      }
      for (const key of Object.keys(metadata))
        if (key !== 'crc32') assert.equal(found.metadata[key], metadata[key]);
    }),
    { numRuns: 50 },
  );
});

test('views into larger buffers are written as their own part', () => {
  const whole = Float32Array.of(1, 2, 3, 4);
  writeSafetensors(file, { tensors: { part: { shape: [2], data: whole.subarray(1, 3) } }, metadata: {} });
  assert.deepEqual(readSafetensors(file).tensors.part.data, Float32Array.of(2, 3));
});

test("the bytes are those that Python's safetensors was seen to read", () => {
  assert.deepEqual(sampleBytes(), readFileSync(join(import.meta.dirname, 'fixtures/gaplab.safetensors')));
});

test('tensors begin at multiples of 8 bytes', () => {
  assert.equal((8 + headerOf(sampleBytes()).length) % 8, 0);
});

test('a file of PyTorch is read', () => {
  const { tensors, metadata } = readSafetensors(
    join(import.meta.dirname, '../model/fixtures/torch.safetensors'),
  );
  assert.deepEqual(tensors.loss.shape, []);
  assert.ok(Math.abs(tensors.loss.data[0] - 3.59168) < 1e-5);
  assert.ok(metadata.torch.length > 0);
});

test('a file cut short anywhere, or longer than it was, is refused', () => {
  const bytes = sampleBytes();
  for (let length = 0; length < bytes.length; length++)
    refused(bytes.subarray(0, length), `cut at ${length}`);
  refused(Buffer.concat([bytes, Buffer.of(0)]), 'one byte more');
});

test('a flipped bit anywhere is noticed, or changes nothing that is read', () => {
  const bytes = sampleBytes();
  const before = readSafetensors(file);
  let unnoticed = 0;
  for (let i = 0; i < bytes.length; i++) {
    const bit = 8 * i + ((5 * i) % 8);
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    writeFileSync(file, damaged);
    try {
      const found = readSafetensors(file);
      assert.deepEqual(found.tensors, before.tensors, `bit ${bit}`);
      assert.equal(found.metadata.gaplab, before.metadata.gaplab, `bit ${bit}`);
      unnoticed++;
    } catch (error) {
      assert.ok(error instanceof CheckpointError, `bit ${bit}: ${error}`);
    }
  }
  // The name of the checksum itself.
  assert.ok(unnoticed < 8, `${unnoticed}`);
});

test('bytes of all kinds are refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => refused(bytes, 'random bytes')));
  const long = Buffer.alloc(64);
  long.writeBigUInt64LE(2n ** 64n - 1n);
  refused(long, 'a header of 2^64 - 1 bytes');
  for (const text of ['', 'null', '3', '[]', '{', '"x"', '{"a": 1}', '{"a": {"dtype": "F32"}}'])
    refused(withHeader(text, new Uint8Array(0)), text);
});

test('headers that do not describe their file are refused', () => {
  const bytes = sampleBytes();
  const { length } = headerOf(bytes);
  const data = bytes.subarray(8 + length);
  const changed: [string, (header: Record<string, Record<string, unknown>>) => void][] = [
    ['another type', (h) => (h['model.a'].dtype = 'F64')],
    ['an unknown type', (h) => (h['model.a'].dtype = 'F8')],
    ['int32 as float32', (h) => (h.ids.dtype = 'F32')],
    ['another shape of equal size', (h) => (h['model.a'].shape = [3, 2])],
    ['a negative size', (h) => (h['model.a'].shape = [-2, -3])],
    ['half a row', (h) => (h['model.a'].shape = [2.5, 3])],
    ['a tensor beyond the end', (h) => (h.scalar.data_offsets = [4000, 4004])],
    ['a tensor before the beginning', (h) => (h.scalar.data_offsets = [-4, 0])],
    ['a tensor the wrong way round', (h) => (h.scalar.data_offsets = [44, 40])],
    ['a tensor less', (h) => delete h.ids],
    ['another name', (h) => [(h.other = h.ids), delete h.ids]],
    ['another counter', (h) => (h.__metadata__.gaplab = '{"step":13}')],
    ['metadata that is not text', (h) => (h.__metadata__.crc32 = 5)],
  ];
  for (const [what, change] of changed) {
    const { header } = headerOf(bytes);
    change(header);
    refused(withHeader(header, data), what);
  }
});

test('no file, a folder in its place', () => {
  assert.throws(() => readSafetensors(join(dir, 'none')), CheckpointError);
  mkdirSync(join(dir, 'folder'));
  assert.throws(() => readSafetensors(join(dir, 'folder')), CheckpointError);
});

test('a write that fails leaves the old file and nothing else', () => {
  const own = scratch();
  const target = join(own, 'x.safetensors');
  writeSafetensors(target, sample);
  const before = readFileSync(target);
  // Fails when its bytes are asked for a second time: the first is the checksum, the second the writing.
  const broken = { shape: [1], data: Float32Array.of(1) };
  const { buffer } = broken.data;
  let asked = 0;
  Object.defineProperty(broken.data, 'buffer', {
    get() {
      if (asked++ === 0) return buffer;
      assert.equal(readdirSync(own).length, 2, 'the half file stands beside the old one');
      throw new Error('no space left');
    },
  });
  assert.throws(() => writeSafetensors(target, { tensors: { broken }, metadata: {} }), /no space left/);
  assert.deepEqual(readFileSync(target), before);
  assert.deepEqual(readdirSync(own), ['x.safetensors']);
});

test('tensors are read to their places, or only checked', () => {
  sampleBytes();
  const here = new Float32Array(6).fill(9);
  const wrong = [new Float32Array(5), new Int32Array(6)];
  const place = (name: string) => ({ 'model.a': here, ids: 'skip' as const })[name];
  const { tensors } = readSafetensors(file, place);
  assert.equal(tensors['model.a'].data, here);
  assert.deepEqual(here, sample.tensors['model.a'].data);
  assert.deepEqual(Object.keys(tensors), ['model.a', 'scalar', 'empty']);
  // A place of another size or kind is left alone.
  for (const other of wrong) {
    const found = readSafetensors(file, () => other).tensors;
    assert.deepEqual(found['model.a'], sample.tensors['model.a']);
    assert.ok(other.every((x) => x === 0));
  }
});

test('damage in a tensor that is only checked is seen', () => {
  const bytes = sampleBytes();
  bytes[bytes.length - 8] ^= 1;
  writeFileSync(file, bytes);
  assert.throws(() => readSafetensors(file, () => 'skip'), CheckpointError);
});

// The safetensors file format: an 8-byte length, a JSON header, then raw little-endian tensors.
// Written beside the target, flushed and renamed, so that a file is there whole or not at all.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { CheckpointError } from '../core/errors.ts';

export interface StoredTensor {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}
export interface Stored {
  tensors: Record<string, StoredTensor>;
  metadata: Record<string, string>;
}

const bytesOf = ({ data }: StoredTensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Writes `file` atomically. A CRC-32 of all tensor bytes is added to the metadata. */
export function writeSafetensors(file: string, { tensors, metadata }: Stored): void {
  let offset = 0;
  let crc = 0;
  const header: Record<string, unknown> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const end = offset + tensor.data.byteLength;
    header[name] = {
      dtype: tensor.data instanceof Float32Array ? 'F32' : 'I32',
      shape: tensor.shape,
      data_offsets: [offset, end],
    };
    crc = crc32(bytesOf(tensor), crc);
    offset = end;
  }
  header.__metadata__ = { format: 'pt', ...metadata, crc32: String(crc) };
  // Padded with spaces so that tensors start at a multiple of 8.
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(
    json + ' '.repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8),
  );
  const temporary = `${file}.${process.pid}.tmp`;
  const fd = openSync(temporary, 'w');
  try {
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
    for (const bytes of [length, text, ...Object.values(tensors).map(bytesOf)]) writeAll(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  // One write call takes at most 2 GiB.
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, Math.min(bytes.length - at, 2 ** 30));
}

const entry = z.object({
  dtype: z.enum(['F32', 'I32']),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** Reads `file`. Throws CheckpointError, one line, when it is missing, cut short, damaged or of another kind. */
export function readSafetensors(file: string): Stored {
  const fail = (why: string): never => {
    throw new CheckpointError(`${file}: ${why}`);
  };
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return fail((error as Error).message);
  }
  if (bytes.length < 8) fail('too short for a safetensors file');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) fail('the header is cut short or this is not a safetensors file');
  let header: Record<string, unknown>;
  try {
    header = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))));
  } catch {
    return fail('the header is not JSON; the file is damaged');
  }
  const metadata = z
    .record(z.string(), z.string())
    .catch({})
    .parse(header.__metadata__ ?? {});
  const start = 8 + length;
  let crc = 0;
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const parsed = entry.safeParse(value);
    if (!parsed.success)
      return fail(`tensor "${name}" has an entry that is not understood (float32 and int32 only)`);
    const { dtype, shape, data_offsets } = parsed.data;
    const [from, to] = data_offsets;
    if (to - from !== 4 * shape.reduce((a, b) => a * b, 1) || start + to > bytes.length)
      fail(`tensor "${name}" does not fit the file; it is cut short or damaged`);
    const raw = bytes.slice(start + from, start + to);
    crc = crc32(raw, crc);
    tensors[name] = {
      shape,
      data: dtype === 'F32' ? new Float32Array(raw.buffer) : new Int32Array(raw.buffer),
    };
  }
  if (metadata.crc32 !== undefined && Number(metadata.crc32) !== crc)
    fail('checksum differs; the file is damaged');
  return { tensors, metadata };
}

// The safetensors file format: an 8-byte length, a JSON header, then raw little-endian tensors.
// Written beside the target, flushed and renamed, so that a file is there whole or not at all.
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { CheckpointError } from '../core/errors.ts';
import { temporaryName } from '../files/atomic.ts';

export interface StoredTensor {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}
export interface Stored {
  tensors: Record<string, StoredTensor>;
  metadata: Record<string, string>;
}

/**
 * Where a tensor of a file is put: memory of its kind and size, `skip` (it is checked and not kept),
 * or undefined, memory of its own.
 */
export type Destination = (name: string) => StoredTensor['data'] | 'skip' | undefined;

const bytesOf = ({ data }: Pick<StoredTensor, 'data'>) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/**
 * Writes `file` atomically. A CRC-32 of the header (without itself) and of all tensor
 * bytes is added to the metadata.
 */
export function writeSafetensors(file: string, { tensors, metadata }: Stored): void {
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const end = offset + tensor.data.byteLength;
    header[name] = {
      dtype: tensor.data instanceof Float32Array ? 'F32' : 'I32',
      shape: tensor.shape,
      data_offsets: [offset, end],
    };
    offset = end;
  }
  header.__metadata__ = { format: 'pt', ...metadata };
  let crc = crc32(JSON.stringify(header));
  for (const tensor of Object.values(tensors)) crc = checksum(bytesOf(tensor), crc);
  header.__metadata__ = { format: 'pt', ...metadata, crc32: String(crc) };
  // Padded with spaces so that tensors start at a multiple of 8.
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(
    json + ' '.repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8),
  );
  const temporary = temporaryName(file);
  const fd = openSync(temporary, 'wx');
  try {
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
    for (const bytes of [length, text, ...Object.values(tensors).map(bytesOf)]) writeAll(fd, bytes);
    fsyncSync(fd);
    renameSync(temporary, file);
  } catch (error) {
    // A full disk should not stay full of half a file.
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** One call reads, writes or checks at most 2 GiB. */
const CALL = 2 ** 30;
/** Bytes read at once of a tensor that is not kept. */
const SKIPPED = 2 ** 24;

function checksum(bytes: Uint8Array, crc: number): number {
  for (let at = 0; at < bytes.length; at += CALL) crc = crc32(bytes.subarray(at, at + CALL), crc);
  return crc;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, Math.min(bytes.length - at, CALL));
}

function readAt(fd: number, from: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < bytes.length; ) {
    const n = readSync(fd, bytes, at, Math.min(bytes.length - at, CALL), from + at);
    if (n === 0) throw new Error('the file became shorter while it was read');
    at += n;
  }
  return bytes;
}

const entry = z.object({
  dtype: z.enum(['F32', 'I32']),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const textMap = z.record(z.string(), z.string());

/**
 * Reads `file`, each tensor to its `place`. Throws CheckpointError, one line, when it is missing,
 * cut short, damaged or of another kind; places may then have been written.
 */
export const readSafetensors = (file: string, place: Destination = () => undefined): Stored =>
  reading(file, (fd) => readOpen(fd, place));

/**
 * The metadata of `file` from its header alone: quick, and whether the rest is whole is not known. Throws as
 * `readSafetensors`.
 */
export const readMetadata = (file: string): Stored['metadata'] =>
  reading(file, (fd) => readHeader(fd).metadata);

function reading<T>(file: string, read: (fd: number) => T): T {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    return read(fd);
  } catch (error) {
    throw new CheckpointError(`${file}: ${(error as Error).message}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whether `file` has a checksum of ours, and it is right: we wrote it, and nobody has changed it since. */
export function isSealed(file: string): boolean {
  try {
    return readSafetensors(file, () => 'skip').metadata.crc32 !== undefined;
  } catch {
    return false;
  }
}

function readHeader(fd: number) {
  const { size } = fstatSync(fd);
  if (size < 8) throw new Error('too short for a safetensors file');
  const length = Number(new DataView(readAt(fd, 0, new Uint8Array(8)).buffer).getBigUint64(0, true));
  if (length > size - 8) throw new Error('the header is cut short or this is not a safetensors file');
  const header = parseHeader(readAt(fd, 8, new Uint8Array(length)));
  const { __metadata__, ...entries } = header;
  const metadata = textMap.safeParse(__metadata__ ?? {}).data;
  if (!metadata) throw new Error('the metadata is not text; the file is damaged');
  return { size, length, header, entries, metadata };
}

function readOpen(fd: number, place: Destination): Stored {
  const { size, length, header, entries, metadata } = readHeader(fd);
  const { crc32: expected, ...unsigned } = metadata;
  // Parsed and written again, a header of ours is the same text.
  let crc = crc32(JSON.stringify({ ...header, __metadata__: unsigned }));
  let total = 8 + length;
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, value] of Object.entries(entries)) {
    const parsed = entry.safeParse(value).data;
    if (!parsed)
      throw new Error(`tensor "${name}" has an entry that is not understood (float32 and int32 only)`);
    const { dtype, shape, data_offsets } = parsed;
    const [from, to] = data_offsets;
    if (to - from !== 4 * shape.reduce((a, b) => a * b, 1) || 8 + length + to > size)
      throw new Error(`tensor "${name}" does not fit the file; it is cut short or damaged`);
    total += to - from;
    const wanted = place(name);
    if (wanted === 'skip') {
      const part = new Uint8Array(Math.min(SKIPPED, to - from));
      for (let at = from; at < to; at += part.length)
        crc = checksum(readAt(fd, 8 + length + at, part.subarray(0, to - at)), crc);
      continue;
    }
    const Kind = dtype === 'F32' ? Float32Array : Int32Array;
    const fits = wanted instanceof Kind && wanted.byteLength === to - from;
    const data = fits ? wanted : new Kind((to - from) / 4);
    crc = checksum(readAt(fd, 8 + length + from, bytesOf({ data }) as Uint8Array<ArrayBuffer>), crc);
    tensors[name] = { shape, data };
  }
  if (total !== size) throw new Error('the tensors do not fill the file; it is damaged');
  if (expected !== undefined && Number(expected) !== crc)
    throw new Error('checksum differs; the file is damaged');
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw new Error('the header is not JSON; the file is damaged');
  }
}

// Weights & Biases' offline files, `run-<id>.wandb`: a log in LevelDB's blocks,
// each record a protobuf message.
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { bytesOf, damaged } from '../files.ts';
import { parseLoose } from '../loose-json.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, flatten, measure, newRun, numberOf, put } from '../run.ts';
import { readMessage } from '../wire.ts';

const BLOCK = 32768;
/** `:W&B`, u16 0xBEE1, u8 version. */
const FILE_HEADER = 7;
/** Checksum as u32, length as u16, kind: 1 whole, 2 first, 3 middle, 4 last part of a record. */
const RECORD_HEADER = 7;

export const wandb: Reader = {
  kind: 'wandb',
  what: 'offline files of Weights & Biases',
  recognises: ({ head }) => head.toString('latin1', 0, 4) === ':W&B',
  owns: ({ path }) => dirname(path),
  read: (files) => files.map(read),
};

function read(file: FoundFile): ForeignRun {
  const run = newRun(file.name, file.name);
  run.ending = 'unfinished';
  for (const record of records(file)) {
    try {
      readRecord(record, run);
    } catch {
      throw damaged(file, 'a record in it is no message of Weights & Biases');
    }
  }
  return run;
}

/** Whole records. A last one that is cut short was being written when the run was killed: it is left out. */
function* records(file: FoundFile): Generator<Uint8Array> {
  const bytes = bytesOf(file);
  if (bytes.length < FILE_HEADER || bytes.readUInt16LE(4) !== 0xbee1)
    throw damaged(file, 'its header is damaged');
  let parts: Buffer[] = [];
  let isOpen = false;
  for (let at = FILE_HEADER; ; ) {
    // A block's end too short for a header is filled with zeros.
    const left = BLOCK - (at % BLOCK);
    if (left < RECORD_HEADER) at += left;
    if (at >= bytes.length && !isOpen) return;
    if (at + RECORD_HEADER > bytes.length) break;
    const [length, kind] = [bytes.readUInt16LE(at + 4), bytes[at + 6]];
    const end = at + RECORD_HEADER + length;
    if (end > bytes.length) break;
    const data = bytes.subarray(at + RECORD_HEADER, end);
    if (bytes.readUInt32LE(at) !== crc32(data, crc32(bytes.subarray(at + 6, at + 7))))
      throw damaged(file, `the checksum at byte ${at} is wrong`);
    if (kind === 1 || kind === 2) parts = [];
    parts.push(data);
    isOpen = kind === 2 || kind === 3;
    if (kind === 1 || kind === 4) yield Buffer.concat(parts);
    at = end;
  }
  file.isCut = true;
}

/** Record{history=2, summary=3, config=5, run=17, exit=18}. */
function readRecord(record: Uint8Array, run: ForeignRun): void {
  readMessage(record, {
    2: (r) => history(r.bytes(), run),
    3: (r) => readMessage(r.bytes(), { 1: (i) => summary(i.bytes(), run) }),
    5: (r) => config(r.bytes(), run),
    // RunRecord{config=4, display_name=8}
    17: (r) =>
      readMessage(r.bytes(), {
        4: (c) => config(c.bytes(), run),
        8: (n) => (run.name = n.string() || run.name),
      }),
    // RunExitRecord{exit_code=1}; zero is not written.
    18: (r) => {
      let code = 0;
      readMessage(r.bytes(), { 1: (c) => (code = c.int32()) });
      run.ending = code === 0 ? 'finished' : 'failed';
      if (code !== 0) run.reason = `it ended with exit code ${code}`;
    },
  });
}

/** Item{key=1, nested_key=2, value_json=16}, of history, summary and configuration alike. */
function item(bytes: Uint8Array): { name: string; value: unknown } {
  const nested: string[] = [];
  let [key, json] = ['', ''];
  readMessage(bytes, {
    1: (r: BinaryReader) => (key = r.string()),
    2: (r) => nested.push(r.string()),
    16: (r) => (json = r.string()),
  });
  return { name: nested.length > 0 ? nested.join('.') : key, value: parseLoose(json) };
}

const isOwn = (name: string) => name.startsWith('_');

/** HistoryRecord{item=1, step=2{num=1}}. */
function history(bytes: Uint8Array, run: ForeignRun): void {
  const items: ReturnType<typeof item>[] = [];
  let step: number | undefined;
  readMessage(bytes, {
    1: (r) => items.push(item(r.bytes())),
    2: (r) => {
      step = 0;
      readMessage(r.bytes(), { 1: (n) => (step = Number(n.int64())) });
    },
  });
  step ??= numberOf(items.find(({ name }) => name === '_step')?.value);
  for (const { name, value } of items) {
    const number = numberOf(value);
    if (!isOwn(name) && step !== undefined && number !== undefined) measure(run, name, step, number);
  }
}

function summary(bytes: Uint8Array, run: ForeignRun): void {
  const { name, value } = item(bytes);
  const number = numberOf(value);
  if (!isOwn(name) && number !== undefined) put(run.summary, name, number);
}

function config(bytes: Uint8Array, run: ForeignRun): void {
  readMessage(bytes, {
    1: (r) => {
      const { name, value } = item(r.bytes());
      if (!isOwn(name)) flatten(value, name, run.config);
    },
  });
}

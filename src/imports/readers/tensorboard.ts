// TensorBoard's event files: a folder is a run. Values are float32 there, so losses come with seven digits.
import { dirname } from 'node:path';
import { maskedCrc32c } from '../checksums.ts';
import { bytesOf, damaged } from '../files.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, measure, newRun, put, type Value } from '../run.ts';
import { readMessage } from '../wire.ts';

/** Length as u64, its checksum, the data, its checksum: TFRecord. */
const HEADER = 12;
const FOOTER = 4;

export const tensorboard: Reader = {
  kind: 'tensorboard',
  what: 'TensorBoard event files',
  recognises: ({ head }) =>
    head.length >= HEADER &&
    head.readUInt32LE(4) === 0 &&
    head.readUInt32LE(8) === maskedCrc32c(head.subarray(0, 8)),
  read(files) {
    const runs = [...Map.groupBy(files, ({ name }) => dirname(name))].map(([folder, own]) => {
      const run = newRun(folder === '.' ? own[0].name : folder, folder === '.' ? own[0].name : folder);
      for (const file of own) for (const event of records(file)) read(file, event, run);
      return run;
    });
    return withHyperparameters(runs);
  },
};

/**
 * The records of a file. One that is cut short at the end is being written, or its
 * writer was killed: it is left out.
 */
function* records(file: FoundFile): Generator<Buffer> {
  const bytes = bytesOf(file);
  for (let at = 0; at < bytes.length; ) {
    if (at + HEADER > bytes.length) return void (file.isCut = true);
    const length = Number(bytes.readBigUInt64LE(at));
    if (bytes.readUInt32LE(at + 8) !== maskedCrc32c(bytes.subarray(at, at + 8)))
      throw damaged(file, `the checksum at byte ${at} is wrong`);
    const end = at + HEADER + length;
    if (end + FOOTER > bytes.length) return void (file.isCut = true);
    const data = bytes.subarray(at + HEADER, end);
    if (bytes.readUInt32LE(end) !== maskedCrc32c(data))
      throw damaged(file, `the record at byte ${at} is damaged`);
    yield data;
    at = end + FOOTER;
  }
}

/** Event{wall_time=1, step=2, file_version=3, summary=5}. */
function read(file: FoundFile, event: Buffer, run: ForeignRun): void {
  let step = 0;
  const summaries: Uint8Array[] = [];
  try {
    readMessage(event, { 2: (r) => (step = Number(r.int64())), 5: (r) => summaries.push(r.bytes()) });
    // Summary{value=1}
    for (const summary of summaries) readMessage(summary, { 1: (r) => value(r.bytes(), step, run) });
  } catch {
    throw damaged(file, 'a record in it is no event');
  }
}

/** Value{tag=1, simple_value=2, tensor=8, metadata=9{plugin_data=1{plugin_name=1, content=2}}}. */
function value(bytes: Uint8Array, step: number, run: ForeignRun): void {
  let [tag, plugin] = ['', ''];
  let number: number | undefined;
  let content = new Uint8Array();
  readMessage(bytes, {
    1: (r) => (tag = r.string()),
    2: (r) => (number = r.float()),
    8: (r) => (number = scalar(r.bytes())),
    9: (r) =>
      readMessage(r.bytes(), {
        1: (p) =>
          readMessage(p.bytes(), {
            1: (q) => (plugin = q.string()),
            2: (q) => (content = q.bytes() as Uint8Array<ArrayBuffer>),
          }),
      }),
  });
  if (plugin === 'hparams') hyperparameters(content, run);
  else if (number !== undefined) measure(run, tag, step, number);
}

/** TensorProto{dtype=1, tensor_content=4, float_val=5, double_val=6} of one number. */
function scalar(bytes: Uint8Array): number | undefined {
  let type = 0;
  let content: Uint8Array = new Uint8Array();
  const listed: number[] = [];
  readMessage(bytes, {
    1: (r) => (type = r.int32()),
    4: (r) => (content = r.bytes()),
    5: (r) => listed.push(...numbers(r.bytes(), 4)),
    6: (r) => listed.push(...numbers(r.bytes(), 8)),
  });
  const size = type === 1 ? 4 : type === 2 ? 8 : 0;
  const all = size !== 0 && content.length > 0 ? numbers(content, size) : listed;
  return all.length === 1 ? all[0] : undefined;
}

function numbers(bytes: Uint8Array, size: 4 | 8): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.byteLength / size) }, (_, i) =>
    size === 4 ? view.getFloat32(i * size, true) : view.getFloat64(i * size, true),
  );
}

/**
 * HParamsPluginData{session_start_info=3{hparams=1: map}, session_end_info=4{status=1}};
 * status 1 is success, 2 failure.
 */
function hyperparameters(content: Uint8Array, run: ForeignRun): void {
  readMessage(content, {
    3: (r) => readMessage(r.bytes(), { 1: (entry) => hyperparameter(entry.bytes(), run) }),
    4: (r) =>
      readMessage(r.bytes(), {
        1: (s) => (run.ending = ({ 1: 'finished', 2: 'failed' } as const)[s.int32()] ?? run.ending),
      }),
  });
}

function hyperparameter(entry: Uint8Array, run: ForeignRun): void {
  let key = '';
  let set: Value = null;
  readMessage(entry, {
    1: (r) => (key = r.string()),
    2: (r) =>
      readMessage(r.bytes(), {
        2: (v) => (set = v.double()),
        3: (v) => (set = v.string()),
        4: (v) => (set = v.bool()),
      }),
  });
  put(run.config, key, set);
}

/** PyTorch writes hyperparameters into a folder below that of the run: they belong to the run. */
function withHyperparameters(runs: ForeignRun[]): ForeignRun[] {
  const byName = new Map(runs.map((run) => [run.name, run]));
  const isPart = (run: ForeignRun) => {
    const parent = byName.get(dirname(run.name));
    if (!parent || Object.keys(run.config).length === 0 || Object.keys(parent.config).length > 0)
      return false;
    parent.config = run.config;
    parent.ending = run.ending;
    return Object.values(run.series).every(({ steps }) => steps.length < 2);
  };
  const parts = new Set(runs.filter(isPart));
  return runs.filter((run) => !parts.has(run) && Object.keys(run.series).length > 0);
}

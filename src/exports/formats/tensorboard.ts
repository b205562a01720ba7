// Event files for TensorBoard: a folder a run, its losses as scalars, its settings for the HParams page.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { RunRow } from '../../analysis/rows.ts';
import { maskedCrc32c } from '../../imports/checksums.ts';
import type { Format } from '../format.ts';
import { runNames, settingsOf } from '../rows.ts';

export const tensorboard: Format = {
  name: 'tensorboard',
  what: 'event files for TensorBoard',
  files(study) {
    const from = study.startedAt === null ? 0 : Date.parse(study.startedAt) / 1000;
    const nameOf = runNames(study.rows);
    return new Map(
      study.rows
        .filter((row) => (row.lossCurve ?? []).length > 0)
        .map((row) => [`${nameOf(row)}/events.out.tfevents.${Math.floor(from)}.gaplab`, events(row, from)]),
    );
  },
};

type Build = (writer: BinaryWriter) => void;
const message = (build: Build): Uint8Array => {
  const writer = new BinaryWriter();
  build(writer);
  return writer.finish();
};
const field = (writer: BinaryWriter, number: number, build: Build) =>
  writer.tag(number, WireType.LengthDelimited).bytes(message(build));

/** Event{wall_time=1, step=2, file_version=3, summary=5{value=1{tag=1, simple_value=2}}}. */
function events(row: RunRow, from: number): Uint8Array {
  const event = (time: number, step: number, rest: Build) =>
    record(
      message((w) => {
        w.tag(1, WireType.Bit64).double(time);
        w.tag(2, WireType.Varint).int64(step);
        rest(w);
      }),
    );
  const scalar =
    (tag: string, value: number): Build =>
    (w) =>
      field(w, 5, (summary) =>
        field(summary, 1, (v) => {
          v.tag(1, WireType.LengthDelimited).string(tag);
          v.tag(2, WireType.Bit32).float(value);
        }),
      );
  const all = [
    event(from, 0, (w) => w.tag(3, WireType.LengthDelimited).string('brain.Event:2')),
    event(from, 0, settings(row)),
  ];
  for (const { step, loss, valLoss, seconds = 0 } of row.lossCurve ?? []) {
    all.push(event(from + seconds, step, scalar('train/loss', loss)));
    if (valLoss !== undefined) all.push(event(from + seconds, step, scalar('val/loss', valLoss)));
  }
  const last = row.lossCurve?.at(-1);
  // A run that was evaluated at its end alone has its loss there.
  if (row.valLoss !== null && last && last.valLoss === undefined)
    all.push(event(from + (last.seconds ?? 0), row.stepsTaken ?? last.step, scalar('val/loss', row.valLoss)));
  return Buffer.concat(all);
}

/**
 * HParamsPluginData{session_start_info=3{hparams=1: map of Value{number=2, string=3}}}
 * in the metadata of a value.
 */
function settings(row: RunRow): Build {
  const content: Build = (w) =>
    field(w, 3, (start) => {
      for (const [name, value] of Object.entries(settingsOf(row)))
        field(start, 1, (entry) => {
          entry.tag(1, WireType.LengthDelimited).string(name);
          field(entry, 2, (v) => {
            if (typeof value === 'number') v.tag(2, WireType.Bit64).double(value);
            else v.tag(3, WireType.LengthDelimited).string(value);
          });
        });
    });
  return (w) =>
    field(w, 5, (summary) =>
      field(summary, 1, (value) => {
        value.tag(1, WireType.LengthDelimited).string('_hparams_/session_start_info');
        field(value, 9, (metadata) =>
          field(metadata, 1, (plugin) => {
            plugin.tag(1, WireType.LengthDelimited).string('hparams');
            field(plugin, 2, content);
          }),
        );
      }),
    );
}

/** TFRecord: length, its checksum, the data, its checksum. */
function record(data: Uint8Array): Buffer {
  const out = Buffer.alloc(16 + data.length);
  out.writeBigUInt64LE(BigInt(data.length));
  out.writeUInt32LE(maskedCrc32c(out.subarray(0, 8)), 8);
  out.set(data, 12);
  out.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return out;
}

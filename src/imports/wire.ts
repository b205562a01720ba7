// Protobuf messages without their schema: the few fields that a reader needs, by number.
import { BinaryReader } from '@bufbuild/protobuf/wire';

/** Reads the value of a field from the reader. */
export type Field = (reader: BinaryReader) => void;

/**
 * Calls the function of each field that is in `fields`; the rest is skipped. Throws
 * an Error for bytes that are no message.
 */
export function readMessage(bytes: Uint8Array, fields: Record<number, Field>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number in fields) fields[number](reader);
    else reader.skip(type, number);
  }
}

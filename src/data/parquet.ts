// Texts of a Parquet file: one column, row group by row group.
import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import type { SchemaTree } from 'hyparquet';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { TextField } from './json-lines.ts';
import { openForReading } from './pieces.ts';

/**
 * The texts of the column, a null as an empty text; one row group is in memory at a time. The column is `textColumn`, else `text`, else
 * the only one of strings. Throws UserError for a file that is damaged or has no such column.
 */
export async function* parquetTexts(path: string, { textColumn }: TextField): AsyncGenerator<string> {
  // Loaded only where there is Parquet: the decoders are as large as the rest of this room.
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const { fd, size, close } = openForReading(path);
  const file = {
    byteLength: size,
    slice(start: number, end = size): ArrayBuffer {
      if (!(start >= 0 && end >= start && end <= size)) throw new RangeError('it points beyond its end');
      const bytes = Buffer.alloc(end - start);
      let got = 0;
      for (let n = -1; n !== 0 && got < bytes.length; got += n)
        n = readSync(fd, bytes, got, bytes.length - got, start + got);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    },
  };
  try {
    const metadata = await sound(path, () => parquetMetadataAsync(file));
    const column = await sound(path, () => columnOf(parquetSchema(metadata).children, textColumn, path));
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await sound(path, () =>
        parquetReadObjects({
          file,
          metadata,
          columns: [column],
          rowStart,
          rowEnd,
          compressors,
          geoparquet: false,
          parsers: { stringFromBytes },
        }),
      );
      if (rows.length !== rowEnd - rowStart) throw damaged(path, 'rows are missing');
      for (const row of rows) {
        const text = row[column] ?? '';
        if (typeof text !== 'string')
          throw new UserError(
            `${path}: column ${shown(column)} holds no text; choose another with --text-column`,
          );
        yield text.toWellFormed();
      }
      rowStart = rowEnd;
    }
  } finally {
    close();
  }
}

/** Which column holds the text. */
function columnOf(columns: SchemaTree[], asked: string | undefined, path: string): string {
  const texts = columns
    .filter(({ element: e, children }) => {
      if (children.length > 0 || e.type !== 'BYTE_ARRAY' || e.repetition_type === 'REPEATED') return false;
      const { converted_type: old, logical_type: logical } = e;
      return old === 'UTF8' || logical?.type === 'STRING' || (old === undefined && logical === undefined);
    })
    .map(({ element }) => element.name);
  const wanted = asked ?? (texts.includes('text') ? 'text' : texts.length === 1 ? texts[0] : undefined);
  if (wanted !== undefined && texts.includes(wanted)) return wanted;
  const names = (list: string[]) =>
    list
      .slice(0, 8)
      .map((name) => shown(name, 40))
      .join(', ');
  const all = columns.map(({ element }) => element.name);
  if (texts.length === 0) throw new UserError(`${path} has no column of text (its columns: ${names(all)})`);
  throw new UserError(
    `${path} has ${asked === undefined ? 'several columns of text' : `no column of text called ${shown(asked)}`}; choose one with --text-column (in a study, data.textColumn): ${names(texts)}`,
  );
}

function stringFromBytes(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new UserError('a text in it is not UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

async function sound<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof UserError && error.message.startsWith(path) ? error : damaged(path, error);
  }
}

function damaged(path: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(
    `${path} cannot be read as Parquet: it is damaged, or of a kind not known here (${reason})`,
  );
}

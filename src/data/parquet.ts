// Texts of a Parquet file: one column, row group by row group.
import { isUtf8 } from 'node:buffer';
import type { SchemaTree } from 'hyparquet';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { TextField } from './json-lines.ts';
import { damagedParquet, openParquet, soundParquet } from './parquet-file.ts';

/**
 * The texts of the column, a null as an empty text; one row group is in memory at a time.
 * The column is `textColumn`, else `text`, else the only one of strings. Throws
 * UserError for a file that is damaged or has no such column.
 */
export async function* parquetTexts(path: string, { textColumn }: TextField): AsyncGenerator<string> {
  // Loaded only where there is Parquet: the decoders are as large as the rest of this room.
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const { file, close } = openParquet(path);
  try {
    const metadata = await soundParquet(path, () => parquetMetadataAsync(file));
    const column = await soundParquet(path, () =>
      columnOf(parquetSchema(metadata).children, textColumn, path),
    );
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await soundParquet(path, () =>
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
      if (rows.length !== rowEnd - rowStart) throw damagedParquet(path, 'rows are missing');
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

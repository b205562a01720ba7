// Tables in Parquet, as pandas, polars and W&B's history artifacts write them.
import { openParquet, soundParquet } from '../../data/parquet-file.ts';
import type { FoundFile, Reader } from '../reader.ts';
import type { ForeignRun } from '../run.ts';
import { type Row, runsOfTable } from './tables.ts';

export const parquet: Reader = {
  kind: 'parquet',
  what: 'tables of runs (Parquet)',
  recognises: ({ head }) => head.toString('latin1', 0, 4) === 'PAR1',
  read: async (files) => (await Promise.all(files.map(read))).flat(),
};

async function read(file: FoundFile): Promise<ForeignRun[]> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const opened = openParquet(file.path);
  try {
    const metadata = await soundParquet(file.path, () => parquetMetadataAsync(opened.file));
    const columns = parquetSchema(metadata)
      .children.filter(({ children }) => children.length === 0)
      .map(({ element }) => element.name);
    const rows = await soundParquet(file.path, () =>
      parquetReadObjects({ file: opened.file, metadata, columns, compressors, geoparquet: false }),
    );
    return runsOfTable(file, columns, rows as Row[]);
  } finally {
    opened.close();
  }
}

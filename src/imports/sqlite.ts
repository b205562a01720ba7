// Foreign SQLite databases, read by Node's own SQLite. The user's file is never written to,
// nor is anything beside it.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { damaged } from './files.ts';
import type { FoundFile } from './reader.ts';

export type DbRow = Record<string, unknown>;
export interface Database {
  rows(sql: string): DbRow[];
}

export const isSqlite = ({ head }: FoundFile): boolean =>
  head.toString('latin1', 0, 16) === 'SQLite format 3\0';

/** Whether the database has all of these tables, with these columns. */
export function hasTables(file: FoundFile, tables: Record<string, readonly string[]>): boolean {
  if (!isSqlite(file)) return false;
  try {
    return withDatabase(file, ({ rows }) =>
      Object.entries(tables).every(([table, columns]) => {
        const there = rows(`select name from pragma_table_info('${table}')`).map(({ name }) => name);
        return columns.every((column) => there.includes(column));
      }),
    );
  } catch {
    return false;
  }
}

/** Throws UserError for a damaged database. */
export function withDatabase<T>(file: FoundFile, use: (database: Database) => T): T {
  const Database = sqlite();
  // What is not in the file yet lies in a log beside it, and reading that would write there:
  // so a copy is read.
  const log = `${file.path}-wal`;
  const copy = existsSync(log) ? mkdtempSync(join(tmpdir(), 'gaplab-import-')) : undefined;
  let database: DatabaseSync | undefined;
  try {
    if (copy) for (const end of ['', '-wal']) copyFileSync(`${file.path}${end}`, join(copy, `db${end}`));
    const url = pathToFileURL(copy ? join(copy, 'db') : file.path);
    if (!copy) url.searchParams.set('immutable', '1');
    database = new Database(url, { readOnly: copy === undefined });
    const opened = database;
    return use({
      rows(sql) {
        const statement = opened.prepare(sql);
        statement.setReadBigInts(true);
        return statement.all() as DbRow[];
      },
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ERR_SQLITE_ERROR') throw error;
    throw damaged(file, `it cannot be read as an SQLite database (${(error as Error).message})`);
  } finally {
    database?.close();
    if (copy) rmSync(copy, { recursive: true, force: true });
  }
}

/** Node says at each start that its SQLite is young; users of a command need not read it. */
function sqlite(): typeof DatabaseSync {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return (createRequire(import.meta.url)('node:sqlite') as typeof import('node:sqlite')).DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Text of a column that may be stored as bytes. */
export const textIn = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value ?? '');

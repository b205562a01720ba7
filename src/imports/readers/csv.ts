// Tables written as text: CSV, or with tabs or semicolons between the fields.
import { UserError } from '../../core/errors.ts';
import { readCsv } from '../../report/read-csv.ts';
import { textOf } from '../files.ts';
import type { FoundFile, Reader } from '../reader.ts';
import type { ForeignRun } from '../run.ts';
import { isLightning } from './lightning.ts';
import { runsOfTable } from './tables.ts';

const delimiters = [',', '\t', ';'];

/** The mark between fields of the first line; undefined when the line is no header of a table. */
export function delimiterOf(file: FoundFile): string | undefined {
  if (file.head.includes(0)) return undefined;
  const first = file.head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/, 1)[0];
  const counts = delimiters.map((mark) => first.split(mark).length);
  const most = Math.max(...counts);
  const isHeader = most > 1 && /[a-z]/i.test(first) && !/^[\s[{<]/.test(first) && first.length < 20_000;
  return isHeader ? delimiters[counts.indexOf(most)] : undefined;
}

/** Endings by which a table is known: a text with a comma in its first line may be anything. */
const named = /\.(csv|tsv)$/i;

export const csv: Reader = {
  kind: 'csv',
  what: 'tables of runs (CSV)',
  recognises: (file) => named.test(file.name) && delimiterOf(file) !== undefined && !isLightning(file),
  read: (files) => files.flatMap(read),
};

function read(file: FoundFile): ForeignRun[] {
  const text = textOf(file);
  if (text.includes('\0'))
    throw new UserError(`${file.path}: this is no text (a NUL byte); leave the file out`);
  const rows = readCsv(text, [], file.path, delimiterOf(file));
  const columns = Object.keys(rows[0]?.fields ?? {});
  return runsOfTable(
    file,
    columns,
    rows.map(({ fields }) => fields),
  );
}

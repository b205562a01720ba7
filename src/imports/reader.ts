// What a reader of foreign runs is, and the files that it is shown.
import type { ForeignRun } from './run.ts';

export interface FoundFile {
  path: string;
  /** The path below the source, `/` between its parts: how messages and reports name the file. */
  name: string;
  /** The first bytes, by which a kind is recognised. */
  head: Buffer;
  size: number;
  /** Set by a reader: the file ends in the middle of a record, which was left out. */
  isCut?: true;
}

export interface Reader {
  /** As `--kind` takes it. */
  kind: string;
  /** For messages. */
  what: string;
  /** Whether the file is of this kind, by its content. */
  recognises(file: FoundFile): boolean;
  /** The folder whose other files are by-products of the same run, such as the log beside a W&B file. */
  owns?(file: FoundFile): string;
  /** The runs of all files of this kind. Throws UserError for a damaged file. */
  read(files: FoundFile[]): ForeignRun[] | Promise<ForeignRun[]>;
}

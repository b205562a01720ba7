// What of a corpus is not read, in words, and when that is too much to train on the rest.
import { UserError } from '../core/errors.ts';
import { hiddenReason, type NotRead } from './listing.ts';
import type { PreparedData } from './prepared.ts';

type Facts = Pick<PreparedData, 'corpus' | 'documents' | 'validationBytes' | 'source'>;

const count = (n: number) => n.toLocaleString('en-US');

/** Bytes for people: 3.2 KB, 1.0 MB. */
export function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** One line: why, how many files, how large, and some of their names. */
export function notReadText(list: readonly NotRead[]): string {
  return list
    .map(({ reason, files, bytes, names }) => {
      const more = files > names.length ? ', ...' : '';
      return `${reason} (${count(files)} ${files === 1 ? 'file' : 'files'}, ${size(bytes)}: ${names.join(', ')}${more})`;
    })
    .join('; ');
}

/**
 * Throws UserError when most bytes of a folder would not be read, since the rest is hardly what was meant.
 * Hidden files do not count: those of version control are often larger than what they keep.
 */
export function checkShare(folder: string, readBytes: number, list: readonly NotRead[]): void {
  const left = list.filter(({ reason }) => reason !== hiddenReason);
  const bytes = left.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes <= readBytes) return;
  throw new UserError(
    `most of the corpus ${folder} would not be read: ${size(bytes)} of ${size(bytes + readBytes)}, namely ${notReadText(left)}; ` +
      'give the file or folder that holds the text, or add --partial (in a study, data.partial: true) to train on the rest',
  );
}

/** One line for each thing that a user of prepared data should know of its corpus. */
export function sourceText({ corpus, documents, validationBytes, source }: Facts): string[] {
  const { notRead, blank, duplicates } = source;
  const lines: string[] = [];
  if (notRead.length > 0) lines.push(`corpus ${corpus}: not read: ${notReadText(notRead)}`);
  if (blank > 0) lines.push(`corpus ${corpus}: ${count(blank)} lines or rows without text are left out`);
  const { leftOut, heldOut, heldOutBytes } = duplicates;
  if (leftOut > 0)
    lines.push(`corpus ${corpus}: ${count(leftOut)} documents that stood there before are left out`);
  if (heldOut > 0) {
    const share = ((100 * heldOutBytes) / validationBytes).toFixed(0);
    lines.push(
      `corpus ${corpus}: ${count(heldOut)} of ${count(documents.validation)} documents held out for validation (${share}% of its bytes) also stand in the training split; ` +
        '--deduplicate (in a study, data.deduplicate: true) leaves out what is repeated',
    );
  }
  return lines;
}

// Which documents are held out for validation: about 5% of the bytes, spread evenly over the corpus.
import { UserError } from '../core/errors.ts';
import { sha256 } from '../files/sha256.ts';

/** Part of the cache key: raise it when the same corpus would be split or cut in another way. */
export const splitVersion = 1;

/**
 * Share of the bytes held out. With the default corpus about half a megabyte: a loss
 * good to a few thousandths of a nat.
 */
const share = 0.05;
const stratum = Math.round(1 / share);

/**
 * True for each document that belongs to the validation split, by their sizes in bytes.
 *
 * Neighbouring documents form strata of about 20 and each gives one (for the State of the Union addresses:
 * one of about 20 years, so that both splits cover all eras). Within a stratum the three
 * documents whose hashed index is lowest are drawn, and of these the one whose size brings the held-out
 * bytes nearest to 5% so far is taken. The draw depends on the order and sizes of the documents only,
 * not on names or the machine. Throws UserError when there are fewer than two documents.
 */
export function splitDocuments(sizes: readonly number[], corpus = 'the corpus'): boolean[] {
  const n = sizes.length;
  if (n < 2) {
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    throw new UserError(
      `${corpus} has too little text to hold out a validation split: ${bytes} bytes in ${n} document(s); give at least 1 KiB or two documents`,
    );
  }
  const draw = (i: number) => sha256(`split ${splitVersion} ${i}`);
  const held = new Array<boolean>(n).fill(false);
  const strata = Math.max(1, Math.round(n / stratum));
  let [seen, out] = [0, 0];
  for (let s = 0; s < strata; s++) {
    const [from, to] = [Math.floor((s * n) / strata), Math.floor(((s + 1) * n) / strata)];
    const members = Array.from({ length: to - from }, (_, i) => ({ index: from + i, draw: draw(from + i) }));
    for (const { index } of members) seen += sizes[index];
    members.sort((a, b) => (a.draw < b.draw ? -1 : 1));
    const miss = ({ index }: { index: number }) => Math.abs(out + sizes[index] - share * seen);
    const chosen = members.slice(0, 3).reduce((best, m) => (miss(m) < miss(best) ? m : best));
    held[chosen.index] = true;
    out += sizes[chosen.index];
  }
  return held;
}

// Documents that stand in a corpus more than once: found by a hash of their text,
// in 20 bytes of memory a document.
import { hash } from 'node:crypto';
import { z } from 'zod';

/**
 * Gathers two 32-bit words of each document: the beginning of the SHA-256 of its text,
 * with runs of white space made one space.
 */
export function createPrints() {
  let words = new Uint32Array(1024);
  let used = 0;
  return {
    add(content: string | Uint8Array): void {
      if (used === words.length) {
        const grown = new Uint32Array(2 * words.length);
        grown.set(words);
        words = grown;
      }
      const same = typeof content === 'string' ? content.replace(/\s+/gu, ' ').trim() : content;
      const digest = hash('sha256', same, 'buffer');
      words[used++] = digest.readUInt32LE(0);
      words[used++] = digest.readUInt32LE(4);
    },
    list: (): Uint32Array => words.slice(0, used),
  };
}

/** Of each document, the first one with the same print: itself where it is new. */
export function firstOccurrences(prints: Uint32Array): Uint32Array {
  const n = prints.length / 2;
  const first = new Uint32Array(n);
  // Open addressing: a slot holds one more than the number of a document.
  const table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * n + 2)));
  const mask = table.length - 1;
  for (let i = 0; i < n; i++) {
    let slot = prints[2 * i] & mask;
    const differs = (j: number) => prints[2 * j] !== prints[2 * i] || prints[2 * j + 1] !== prints[2 * i + 1];
    while (table[slot] !== 0 && differs(table[slot] - 1)) slot = (slot + 1) & mask;
    if (table[slot] === 0) table[slot] = i + 1;
    first[i] = table[slot] - 1;
  }
  return first;
}

/** Where a document goes. */
export const place = { train: 0, validation: 1, left: 2 } as const;

export const duplicatesSchema = z.object({
  /** Documents that are copies of an earlier one and were left out. */
  leftOut: z.int().nonnegative(),
  /** Documents that are copies of an earlier one and were kept. */
  kept: z.int().nonnegative(),
  /**
   * Of the validation split: documents that stand in the training split too, and their
   * UTF-8 bytes (of images, pixels).
   */
  heldOut: z.int().nonnegative(),
  heldOutBytes: z.int().nonnegative(),
});
export type Duplicates = z.infer<typeof duplicatesSchema>;

/** Counts them. `places` and `sizes` have an entry for each document. */
export function countDuplicates(
  first: Uint32Array,
  places: Uint8Array,
  sizes: ArrayLike<number>,
): Duplicates {
  const inTraining = new Uint8Array(first.length);
  for (let i = 0; i < first.length; i++) if (places[i] === place.train) inTraining[first[i]] = 1;
  const found: Duplicates = { leftOut: 0, kept: 0, heldOut: 0, heldOutBytes: 0 };
  for (let i = 0; i < first.length; i++) {
    if (places[i] === place.left) found.leftOut++;
    else if (first[i] !== i) found.kept++;
    if (places[i] === place.validation && inTraining[first[i]]) {
      found.heldOut++;
      found.heldOutBytes += sizes[i];
    }
  }
  return found;
}

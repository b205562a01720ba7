// The name somebody probably meant.

/**
 * The one of `names` closest to `text` in edits, when it is close enough to be a slip
 * of the fingers; else undefined.
 */
export function suggest(text: string, names: readonly string[]): string | undefined {
  const wanted = text.toLowerCase();
  let best: string | undefined;
  let least = Math.ceil(wanted.length / 3) + 0.5;
  for (const name of names) {
    const d = edits(wanted, name.toLowerCase());
    if (d < least) [best, least] = [name, d];
  }
  return best;
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

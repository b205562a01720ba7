// The order in which people read names with numbers: width-32 before width-128.

/** Compares names piece by piece, numbers by their value; equal only for equal names. */
export function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

// A fixed language: the order must not depend on the machine's.
const collator = new Intl.Collator('en', { numeric: true });

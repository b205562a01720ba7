// The order in which people read names with numbers: width-32 before width-128.

/** Compares names piece by piece, numbers by their value; equal only for equal names. */
export function byName(a: string, b: string): number {
  if (a === b) return 0;
  // A fixed language: the order must not depend on the machine's. It takes milliseconds
  // to make, so it is made when it is needed.
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

let collator: Intl.Collator | undefined;

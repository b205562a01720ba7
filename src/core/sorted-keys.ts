// Keys of an object in order. A pool has ten thousand objects with the same keys, and to sort
// them each time takes longer than the rest of hashing.

/** The last object of every number of keys: how its keys stood, and in order. */
const last: { keys: string[]; sorted: string[] }[] = [];

/** Own keys, sorted as UTF-16. */
export function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  const before = last[keys.length];
  if (before && keys.every((key, i) => key === before.keys[i])) return before.sorted;
  const sorted = keys.toSorted();
  if (keys.length < 100) last[keys.length] = { keys, sorted };
  return sorted;
}

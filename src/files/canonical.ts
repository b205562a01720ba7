// Canonical JSON (RFC 8785): one text for one value, so that equal values have equal hashes.
// In JavaScript that is JSON with sorted keys, since the standard takes its numbers and strings from there.
// A pool of 10,000 runs is hashed each time that it is read, and the libraries for it take twice as long.

/** Throws for what JSON has no word for: numbers that are not finite, and halves of characters. */
export function canonical(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`${value} cannot be written as JSON`);
  if (typeof value === 'string' && !value.isWellFormed())
    throw new Error('half of a character cannot be written as JSON');
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(fields).sort())
    if (fields[key] !== undefined) text += `${text && ','}${canonical(key)}:${canonical(fields[key])}`;
  return `{${text}}`;
}

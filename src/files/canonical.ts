// Canonical JSON (RFC 8785): one text for one value, so that equal values have equal hashes.
// In JavaScript that is JSON with sorted keys, since the standard takes its numbers and strings from there.
// A pool of 10,000 runs is hashed each time that it is read, and the libraries for it take twice as long.
import { sortedKeys } from '../core/sorted-keys.ts';

/**
 * `without` names a field of the outermost object that is left out. Throws for what JSON has no
 * word for: numbers that are not finite, and halves of characters.
 */
export function canonical(value: unknown, without?: string): string {
  if (typeof value === 'string') return textOf(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${value} cannot be written as JSON`);
    return String(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one)).join(',')}]`;
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const key of sortedKeys(fields)) {
    const field = fields[key];
    if (field !== undefined && key !== without)
      text += `${text === '' ? '' : ','}${nameOf(key)}${canonical(field)}`;
  }
  return `{${text}}`;
}

/** What stands in JSON as it is. */
const isPlain = /^[ !#-[\]-~]*$/;

function textOf(text: string): string {
  if (isPlain.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new Error('half of a character cannot be written as JSON');
  return JSON.stringify(text);
}

/** Names of fields as they stand before a value. A pool repeats a few of them ten thousand times. */
const names = new Map<string, string>();

function nameOf(key: string): string {
  let name = names.get(key);
  if (name === undefined) {
    name = `${textOf(key)}:`;
    if (names.size < 1000) names.set(key, name);
  }
  return name;
}

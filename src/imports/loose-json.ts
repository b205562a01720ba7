// JSON as Python writes it: NaN, Infinity and -Infinity stand bare, which JSON.parse refuses.
import { put } from './run.ts';

/** Marks a bare word inside the text; no tool writes such a string. */
const MARK = '\u0000number:';

/** The value; undefined when the text is no JSON. Strings that say NaN stay strings. */
export function parseLoose(text: string): unknown {
  // Strings are matched first, so that a word inside of one is left alone.
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (found) =>
    found.startsWith('"') ? found : `"\\u0000number:${found}"`,
  );
  try {
    return JSON.parse(marked, (_, value) =>
      typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
    );
  } catch {
    return undefined;
  }
}

/** An object of JSON, its keys as they are; undefined for anything else. */
export function looseObject(text: string): Record<string, unknown> | undefined {
  const value = parseLoose(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const own: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) put(own, key, inner);
  return own;
}

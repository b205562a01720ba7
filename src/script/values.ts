// Numbers and JSON as training scripts write them: bare NaN and Infinity, numbers in quotes,
// numbers with a comma behind them.

/** Python's `json` writes numbers that JSON does not have. */
const BARE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** The object in a line of JSON; undefined when the line is none. */
export function objectIn(line: string): Record<string, unknown> | undefined {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  const value = parse(text) ?? parse(text.replace(BARE, (part) => (part[0] === '"' ? part : `"${part}"`)));
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NUMBER = /^[-+]?(\d+(_\d+)*\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const NOT_FINITE = /^([-+]?)(nan|inf|infinity)$/i;

/** The number that a value stands for, which may be NaN or infinite; undefined where it is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().replace(/[,;:)\]}]+$/, '');
  const special = NOT_FINITE.exec(text);
  if (special) {
    if (special[2].toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return NUMBER.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

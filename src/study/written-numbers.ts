// Numbers as people write them where YAML sees text: `65_536`, "0.1", `yes`, `1, 4, 16`. What
// can only mean one number is that number; what probably means one (`300k`, `1/16`, `2^16`) is only proposed.

const PLAIN = /^[-+]?(\d[\d_]*)?\.?\d[\d_]*(e[-+]?\d+)?$/i;
const WORDS: Record<string, number> = { true: 1, yes: 1, on: 1, false: 0, no: 0, off: 0 };
const POWERS: Record<string, number> = { k: 1e3, m: 1e6, b: 1e9, g: 1e9, ki: 2 ** 10, mi: 2 ** 20 };

/**
 * The number that a text or a truth value stands for, e.g. of `65_536`; undefined
 * where it could be none, or several.
 */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const word = WORDS[text.toLowerCase()];
  return word ?? plainNumber(text);
}

function plainNumber(text: string): number | undefined {
  // Only single underscores between digits.
  if (text.length > 40 || !PLAIN.test(text) || /_(?!\d)/.test(text)) return undefined;
  const number = Number(text.replaceAll('_', ''));
  return Number.isFinite(number) ? number : undefined;
}

/** The numbers of a text such as `1, 4, 16`; undefined for `65,536`, which may be one number or two. */
export function numbersIn(value: unknown): number[] | undefined {
  if (typeof value !== 'string' || value.length > 1000 || !value.includes(',') || isGrouped(value))
    return undefined;
  const numbers = value.split(',').map((part) => plainNumber(part.trim()));
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}

const isGrouped = (text: string) => /^\s*\d{1,3}(,\d{3})+\s*$/.test(text);

/** The number that somebody probably means by a text that is none; undefined when nobody can tell. */
export function probableNumber(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const text = value.trim();
  if (isGrouped(text)) return Number(text.replaceAll(',', ''));
  const [, base, operator, other] = /^([\d._]+)\s*(\^|\*\*?|\/)\s*([-\d._]+)$/.exec(text) ?? [];
  if (operator) {
    const [a, b] = [plainNumber(base), plainNumber(other)];
    if (a === undefined || b === undefined) return undefined;
    const result = operator === '/' ? a / b : operator === '*' ? a * b : a ** b;
    return Number.isFinite(result) ? result : undefined;
  }
  const [, number, unit] = /^([-+\d._]+)\s*(%|[kmbg]i?)$/i.exec(text) ?? [];
  const plain = number === undefined ? undefined : plainNumber(number);
  if (plain === undefined) return undefined;
  // Written and read once, so that 0.3 k is 300 and not 299.99999999999994.
  return Number((plain * (unit === '%' ? 0.01 : POWERS[unit.toLowerCase()])).toPrecision(12));
}

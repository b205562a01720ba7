// A run as another tool recorded it: what a reader gives, before anybody knows which
// of its names means the learning rate.

export type Value = string | number | boolean | null;

/** A metric over a run. Values may be NaN or infinite: that is how a diverged run shows. */
export interface Series {
  steps: number[];
  values: number[];
}

/**
 * What the tool says about the end of a run. `unknown`: it says nothing. `stopped`:
 * it was ended on purpose before its end, as by a pruner.
 */
export type Ending = 'finished' | 'failed' | 'stopped' | 'unfinished' | 'unknown';

export interface ForeignRun {
  /** Its name in the tool. */
  name: string;
  /** The file that it comes from, and the place in it where there are several runs in one. */
  where: string;
  /** What it was started with; names of nested values are joined by dots. */
  config: Record<string, Value>;
  /** Numbers that stand for the whole run. */
  summary: Record<string, number>;
  series: Record<string, Series>;
  ending: Ending;
  reason?: string;
}

export const newRun = (name: string, where: string): ForeignRun => ({
  name,
  where,
  config: {},
  summary: {},
  series: {},
  ending: 'unknown',
});

/**
 * Adds a measurement. Later values of the same step are kept beside the earlier ones,
 * in the order of the file.
 */
export function measure(run: ForeignRun, metric: string, step: number, value: number): void {
  const series = own(run.series, metric) ?? { steps: [], values: [] };
  series.steps.push(step);
  series.values.push(value);
  put(run.series, metric, series);
}

/** `{model: {layers: 2}}` as `model.layers`; lists stay as their JSON. */
export function flatten(
  value: unknown,
  prefix = '',
  into: Record<string, Value> = {},
): Record<string, Value> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    for (const [key, inner] of Object.entries(value)) flatten(inner, prefix ? `${prefix}.${key}` : key, into);
  else if (prefix !== '') put(into, prefix, simple(value));
  return into;
}

function simple(value: unknown): Value {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'object' ? JSON.stringify(value) : (value as Value);
}

const words: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
};

/**
 * A number as tools write it: `1e-3`, `NaN`, `-inf`. Undefined for other text, for nothing,
 * and for true and false.
 */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const text = value.trim();
  const word = text.toLowerCase().replace(/^[+-]/, '');
  if (Object.hasOwn(words, word)) return text.startsWith('-') ? -words[word] : words[word];
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}

/** Text of a configuration as a number where it is one. */
export const numberOrText = (text: string): Value => numberOf(text) ?? text;

/** The value of a key that comes from a file; undefined where the record has none of its own. */
export const own = <T>(record: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Sets a key that comes from a file, whatever its name is. */
export function put<T>(record: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

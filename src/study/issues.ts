// Schema errors as people read them: which field, what was found, what is allowed, what to write.
import { z } from 'zod';
import { shown } from '../core/shown.ts';
import { homeOf, meantFor } from './field-names.ts';
import type { Problem } from './problems.ts';
import { isFields, wrapped } from './short-forms.ts';
import { numberIn, probableNumber } from './written-numbers.ts';

type Issue = z.core.$ZodIssue;

/**
 * Every issue as a problem, and the fields that are there under another name. `input`
 * is what was parsed with `schema`.
 */
export function problemsOf(
  error: z.ZodError,
  schema: z.ZodType,
  input: unknown,
): { problems: Problem[]; misspelt: ReadonlySet<string> } {
  const problems: Problem[] = [];
  // To tell that these are missing would be to tell it twice.
  const misspelt = new Set<string>();
  for (const issue of error.issues)
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) {
        const names = keysAt(schema, issue.path, input);
        const close = meantFor(key, names);
        if (close) misspelt.add([...issue.path, close].join('.'));
        problems.push({
          path: [...issue.path, key],
          text: unknownField(key, close, names, schema, valueAt(input, issue.path)),
        });
      }
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys' || misspelt.has(issue.path.join('.'))) continue;
    problems.push({ path: issue.path, text: complaint(issue, schema, input) });
  }
  return { problems, misspelt };
}

function unknownField(
  key: string,
  close: string | undefined,
  names: string[],
  schema: z.ZodType,
  holder: unknown,
): string {
  if (numberIn(key) !== undefined)
    return 'a value stands where a field is expected; several values stand in brackets, e.g. [0.1, 0.2]';
  const { hyper, axes } = isFields(holder) ? holder : {};
  for (const [where, inner] of Object.entries({ hyper, axes }))
    if (isFields(inner) && Object.hasOwn(inner, key)) return `it stands in ${where}, too; keep one`;
  if (close) return `unknown field; did you mean "${close}"?`;
  const isTop = names.includes('optimizers');
  const home = isTop ? homeOf(key, schema) : undefined;
  if (home) return `unknown field here; it belongs to ${home}`;
  return `unknown field; allowed are ${names.join(', ')}${isTop ? ' (and x-... for what only an alias refers to)' : ''}`;
}

function complaint(issue: Issue, schema: z.ZodType, input: unknown): string {
  const value = valueAt(input, issue.path);
  const field = issue.path.findLast((key) => typeof key === 'string') ?? '';
  const own = inner(schemaAt(schema, issue.path, input));
  const isInteger = own instanceof z.ZodNumber && own.isInt;
  const example = exampleOf(schema, issue.path);
  const write = example ? `; write it as ${String(field)}: ${example}` : '';
  if (value === undefined && issue.code === 'invalid_type') return `this field is missing${write}`;
  return `${expectation(issue)}, found ${show(value)}${advice(issue, field, value, isInteger) ?? write}`;
}

/** What to write in place of `value`, where one can tell. */
function advice(issue: Issue, field: PropertyKey, value: unknown, isInteger: boolean): string | undefined {
  const number = probableNumber(value);
  if (number !== undefined && (Number.isInteger(number) || !isInteger)) return `; write it as ${number}`;
  const parent = issue.path.at(-2);
  const name = String(issue.path.at(-1));
  if (parent === 'hyper' && Array.isArray(value))
    return `; values to choose from are tuned: write axes: {${name}: ${show(value)}}`;
  if (parent === 'axes' && typeof value === 'number')
    return `; a value that stays is written as hyper: {${name}: ${value}}`;
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'array' && !isFields(value))
    return `; write it as ${String(field)}: [${show(value)}]`;
  if (parent === 'optimizers' && typeof value === 'number') return `; write it as ${name}: {lr: ${value}}`;
  return undefined;
}

const kinds: Record<string, string> = {
  ...{ int: 'an integer', number: 'a number', string: 'text', array: 'a list' },
  ...{ object: 'fields', record: 'fields', boolean: 'true or false' },
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected as string] ?? issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return `expected a list of at least ${issue.minimum}`;
      if (issue.origin === 'string') return 'expected some text';
      return `expected ${issue.inclusive ? 'at least' : 'a number greater than'} ${issue.minimum}`;
    case 'too_big':
      return `expected at most ${issue.maximum}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path)
    value =
      value !== null && typeof value === 'object' && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined;
  return value;
}

/** A value as YAML on one line. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return shown(flow(value, 0), 60);
}

function flow(value: unknown, depth: number): string {
  // More than anybody is shown.
  if (depth > 4) return '...';
  const few = <T>(items: T[], write: (item: T) => string) => items.slice(0, 30).map(write).join(', ');
  if (Array.isArray(value)) return `[${few(value, (item) => flow(item, depth + 1))}]`;
  if (isFields(value))
    return `{${few(Object.entries(value), ([key, item]) => `${key}: ${flow(item, depth + 1)}`)}}`;
  // Names in lists and fields read better without quotes; a lone text has them,
  // so that one sees that it is one.
  if (typeof value === 'string') return depth > 0 && /^[\w.-]+$/.test(value) ? value : `"${value}"`;
  return String(value);
}

/** An example of the field at `path`, as its schema gives it. */
function exampleOf(schema: z.ZodType, path: PropertyKey[]): string | undefined {
  const field = path.filter((key) => typeof key === 'string');
  const [example] = (schemaAt(schema, field, undefined)?.meta()?.examples ?? []) as unknown[];
  if (example === undefined) return undefined;
  return typeof example === 'string' ? example : show(example);
}

/** Fields allowed at `path`. */
function keysAt(schema: z.ZodType, path: PropertyKey[], input: unknown): string[] {
  const at = inner(schemaAt(schema, path, input));
  return at instanceof z.ZodObject ? Object.keys(at.shape).filter((key) => key !== 'size') : [];
}

/** The schema at `path`, walking beside the input, which decides between kinds. */
function schemaAt(schema: z.ZodType, path: PropertyKey[], input: unknown): z.ZodType | undefined {
  let at: z.ZodType | undefined = schema;
  for (const [i, key] of path.entries()) {
    const outer: z.ZodType | undefined = inner(at);
    if (outer instanceof z.ZodObject) at = outer.shape[key as string];
    else if (outer instanceof z.ZodRecord) at = outer.valueType as z.ZodType;
    else if (outer instanceof z.ZodArray) at = outer.element as z.ZodType;
    if (at instanceof z.ZodDiscriminatedUnion) at = kindOf(at, valueAt(input, path.slice(0, i + 1)));
  }
  return at;
}

/** The option of a union that `value` names. */
function kindOf(union: z.ZodDiscriminatedUnion, value: unknown): z.ZodType {
  const { discriminator } = union.def;
  const isNamed = (option: unknown) =>
    option instanceof z.ZodObject &&
    option.shape[discriminator].safeParse((value as Record<string, unknown>)?.[discriminator]).success;
  return (union.options.find(isNamed) as z.ZodType | undefined) ?? union;
}

function inner(schema: z.ZodType | undefined): z.ZodType | undefined {
  const next = schema && wrapped(schema);
  return next ? inner(next as z.ZodType) : schema;
}

// Schema errors as one line: where, what was found, what is allowed.
import { z } from 'zod';
import { suggest } from '../core/suggest.ts';

type Issue = z.core.$ZodIssue;

/** The first of the issues as `path: what is wrong`. `input` is what was parsed with `schema`. */
export function describe(error: z.ZodError, schema: z.ZodType, input: unknown): string {
  // A misspelt field is missing under its right name as well: the spelling is what to tell.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  const { value, path } = locate(input, issue.path);
  const where = path.join('.');
  const rest = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0];
    const allowed = keysAt(schema, issue.path, input);
    const close = suggest(key, allowed);
    return `${[...path, key].join('.')}: unknown field; ${close ? `did you mean "${close}"?` : `allowed are ${allowed.join(', ')}`}${rest}`;
  }
  if (value === undefined && issue.code === 'invalid_type') return `${where}: this field is missing${rest}`;
  return `${where || 'the file'}: ${expectation(issue)}, found ${show(value)}${rest}`;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${{ int: 'an integer', number: 'a number', string: 'text', array: 'a list', object: 'fields', record: 'fields', boolean: 'true or false' }[issue.expected as string] ?? issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return `expected a list of at least ${issue.minimum}`;
      if (issue.origin === 'string') return 'expected some text';
      return `expected ${issue.inclusive ? 'at least' : 'a number greater than'} ${issue.minimum}`;
    case 'too_big':
      return `expected at most ${issue.maximum}`;
    case 'invalid_key':
      return 'a name may have letters, digits and ". _ # + -"';
    default:
      return issue.message;
  }
}

/** Walks the input; a lone value that the schema made a list of has no index in what the user wrote. */
function locate(input: unknown, full: PropertyKey[]): { value: unknown; path: PropertyKey[] } {
  let value = input;
  const path: PropertyKey[] = [];
  for (const key of full) {
    if (typeof key === 'number' && !Array.isArray(value)) continue;
    path.push(key);
    value =
      value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return { value, path };
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON would write NaN and infinity as null.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Fields allowed at `path`, by walking the schema beside the input, which decides between kinds. */
function keysAt(schema: z.ZodType, path: PropertyKey[], input: unknown): string[] {
  let at = unwrap(schema);
  for (const [i, key] of path.entries()) {
    if (at instanceof z.ZodObject) at = unwrap(at.shape[key as string]);
    else if (at instanceof z.ZodRecord) at = unwrap(at.valueType as z.ZodType);
    else if (at instanceof z.ZodArray) at = unwrap(at.element as z.ZodType);
    if (at instanceof z.ZodDiscriminatedUnion) at = kindOf(at, locate(input, path.slice(0, i + 1)).value);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** The option of a union that `value` names. */
function kindOf(union: z.ZodDiscriminatedUnion, value: unknown): z.ZodType {
  const { discriminator } = union.def;
  const isNamed = (option: unknown) =>
    option instanceof z.ZodObject &&
    option.shape[discriminator].safeParse((value as Record<string, unknown>)?.[discriminator]).success;
  return (union.options.find(isNamed) as z.ZodType | undefined) ?? union;
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) return unwrap(schema.out as z.ZodType);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return unwrap(schema.unwrap() as z.ZodType);
  return schema;
}

// Short forms: what people may write in place of a field's full form, e.g. `tokens:
// 4096` for `tokens: [4096]`. A field declares its short forms beside its schema;
// one walk writes them all out, so that sizes, --set and checks see full forms alone.
import { z } from 'zod';

interface ShortForm {
  /** What may stand there besides, for the JSON Schema; 'item': one item of the list. */
  also: 'item' | z.core.JSONSchema.BaseSchema[];
  /** The full form; whatever is no short form comes back as it is, for the schema to judge. */
  expand(value: unknown): unknown;
}

const shortForms = z.registry<ShortForm>();

export const shortFormOf = (schema: z.core.$ZodType): ShortForm | undefined => shortForms.get(schema);

export const isFields = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** `schema`, with a shorter form that people may write. */
export function shorter<T extends z.ZodType>(schema: T, form: ShortForm): T {
  shortForms.add(schema, form as never);
  return schema;
}

/** One or several. */
export const oneOrMore = <T extends z.ZodType>(item: T) =>
  shorter(z.array(item).min(1), {
    also: 'item',
    expand: (value) => (Array.isArray(value) ? value : [value]),
  });

/** Fields of which a lone text or number is the one called `field`; nothing at all is no field. */
export function fields<T extends z.ZodType>(
  schema: T,
  field?: { name: string; type: 'string' | 'number' },
): T {
  return shorter(schema, {
    also: field ? [{ type: 'null' }, { type: field.type }] : [{ type: 'null' }],
    expand(value) {
      if (value === null) return {};
      return field && typeof value === field.type ? { [field.name]: value } : value;
    },
  });
}

/**
 * `value` with every short form in it written out, as far as `schema` knows its fields.
 * Changes nothing in place. Under `keepNull` a null stays: in a size it takes away what the study says,
 * where no field at all would leave it.
 */
export function writtenOut(schema: z.core.$ZodType, value: unknown, keepNull = false): unknown {
  if (value === undefined || (value === null && keepNull)) return value;
  const form = shortFormOf(schema);
  const expanded = form ? form.expand(value) : value;
  const within = (inner: z.core.$ZodType, held: unknown) => writtenOut(inner, held, keepNull);
  if (schema instanceof z.ZodArray && Array.isArray(expanded))
    return expanded.map((item) => within(schema.element, item));
  if (schema instanceof z.ZodRecord && isFields(expanded))
    return mapFields(expanded, (_, held) => within(schema.valueType, held));
  if (schema instanceof z.ZodObject && isFields(expanded))
    return mapFields(expanded, (key, held) =>
      Object.hasOwn(schema.shape, key) ? within(schema.shape[key], held) : held,
    );
  const inner = wrapped(schema);
  return inner ? within(inner, expanded) : expanded;
}

/** What an optional field or one with a default holds. */
export function wrapped(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable
    ? schema.def.innerType
    : undefined;
}

/** Sets a field of the object itself, even one called `__proto__`. */
export function put(object: Record<PropertyKey, unknown>, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function mapFields(
  object: Record<string, unknown>,
  change: (key: string, value: unknown) => unknown,
): object {
  const all = {};
  for (const [key, value] of Object.entries(object)) put(all, key, change(key, value));
  return all;
}

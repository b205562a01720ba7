// The study file as a JSON Schema, for editors: the fields of schema.ts with their short forms.
import { z } from 'zod';
import { studyFile } from './schema.ts';
import { armFieldNames } from './schema-arm.ts';
import { shortFormOf } from './short-forms.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema & { also?: 'item' | JsonSchema[] };

/** What a field says of itself, whichever of its forms is written. */
const about = ['description', 'default', 'examples', 'title'] as const;

export function studyJsonSchema(): JsonSchema {
  const made = z.toJSONSchema(studyFile, {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      const form = shortFormOf(zodSchema);
      if (form) (jsonSchema as JsonSchema).also = form.also as JsonSchema['also'];
    },
  }) as JsonSchema;
  const { $schema, ...root } = readable(made) as JsonSchema;
  // Which size a study is, its reader says.
  const { size: _, ...properties } = root.properties as Record<string, JsonSchema>;
  const inSize = Object.fromEntries(
    Object.keys(properties).map((name) => [name, { $ref: `#/properties/${name}` }]),
  );
  return {
    $schema,
    title: 'Study of gaplab',
    description: 'What `gaplab study FILE` runs.',
    ...root,
    // A study of several sizes may leave the rest to them.
    required: ['name'],
    anyOf: [{ required: root.required }, { required: ['sizes'] }],
    properties: {
      ...properties,
      sizes: {
        description:
          'Changes to the study by the name of a size, e.g. smoke and mini (`--size`). Fields are merged, lists are replaced, null takes away what the study says. Default: mini, else the first.',
        type: 'object',
        propertyNames: { pattern: '^\\w[\\w-]*$' },
        additionalProperties: {
          anyOf: [{ type: 'null' }, { type: 'object', properties: inSize, additionalProperties: false }],
        },
      },
    },
    patternProperties: { '^x-': { description: 'Not read: a place for what an alias stands for.' } },
  };
}

/** A node with its short forms beside the full one, and without the bounds that every integer has. */
function readable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(readable);
  if (node === null || typeof node !== 'object') return node;
  const { also, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === 'also' ? value : readable(value)]),
  ) as JsonSchema;
  for (const bound of ['minimum', 'maximum'] as const)
    if (Math.abs(rest[bound] ?? 0) === Number.MAX_SAFE_INTEGER) delete rest[bound];
  if (isArm(rest)) rest.additionalProperties = hyperparameter;
  if (also === undefined) return rest;
  const told = Object.fromEntries(about.flatMap((key) => (key in rest ? [[key, rest[key]]] : [])));
  for (const key of about) delete rest[key];
  const forms = also === 'item' ? [rest.items as JsonSchema] : also;
  return { ...told, anyOf: [...forms.flatMap(alternatives), ...alternatives(rest)] };
}

/** The forms of a node that is nothing but its forms. */
const alternatives = (node: JsonSchema): JsonSchema[] =>
  node.anyOf && Object.keys(node).length === 1 ? (node.anyOf as JsonSchema[]) : [node];

const isArm = ({ properties }: JsonSchema) =>
  properties !== undefined && armFieldNames.every((name) => name in properties);

/** Beside the fields of an arm: a hyperparameter, or those of a part of the optimizer. */
const hyperparameter: JsonSchema = {
  description: 'A hyperparameter of the optimizer (docs/optimizers.md): a number stays, a list is tuned.',
  anyOf: [
    { type: ['number', 'boolean'] },
    { type: 'array', items: { type: 'number' }, minItems: 1 },
    { const: 'default' },
    { type: 'object' },
  ],
};

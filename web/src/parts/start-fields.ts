// Fields of a study that a line of text can hold, and what a text comes to there.
import type { StartForm } from '../../../src/server/wire.ts';

export interface Field {
  name: string;
  about: string;
  isList: boolean;
  isText: boolean;
}

type Property = { type?: string; description?: string; items?: { type?: string }; anyOf?: Property[] };

/** Fields of the schema that a line of text can hold. */
export function fieldsOf({ schema, refused }: Pick<StartForm, 'schema' | 'refused'>): Field[] {
  const properties = ((schema as { properties?: Record<string, Property> }).properties ?? {}) as Record<
    string,
    Property
  >;
  const isNumber = (one?: { type?: string }) => one?.type === 'number' || one?.type === 'integer';
  return Object.entries(properties).flatMap(([name, property]): Field[] => {
    if (name in refused) return [];
    const kinds = [property, ...(property.anyOf ?? [])];
    const isList = kinds.some((kind) => kind.type === 'array' && isNumber(kind.items));
    const isText = kinds.some(({ type }) => type === 'string');
    if (!isList && !isText && !kinds.some(isNumber)) return [];
    return [{ name, about: property.description ?? '', isList, isText }];
  });
}

/** What a text comes to for a field; undefined where it is no such value. */
export function readValue({ isList, isText }: Field, text: string): unknown {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  const numbers = parts.map(Number);
  if (numbers.length > 0 && numbers.every(Number.isFinite))
    return isList ? numbers : numbers.length === 1 ? numbers[0] : isText ? text : undefined;
  return isText ? text : undefined;
}

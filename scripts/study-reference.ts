// `npm run reference`: writes docs/study-reference.md and docs/study.schema.json
// from the schema of study files.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type JsonSchema, studyJsonSchema } from '../src/study/json-schema.ts';

const intro = `# The study file: every field

<!-- Made by \`npm run reference\` from src/study/schema.ts: change it there. -->

A study is a YAML (or JSON) file of fields. \`name\`, \`batchSizes\`, \`optimizers\` and a budget (\`tokens\` or \`steps\`) are needed, all others have a
default; the [guide](guide.md#write-one) has an example. Everything that is wrong with a file is told at once, with its line and what to write.

The same as a JSON Schema is [study.schema.json](study.schema.json), which comes with the package; \`gaplab study --schema\` prints it. An editor that
knows the YAML language server completes and checks fields when a study begins with

\`\`\`yaml
# yaml-language-server: $schema=node_modules/gaplab/docs/study.schema.json
\`\`\`

Numbers may be written as \`300000\`, \`300_000\` or \`3e5\`. YAML's aliases and merge keys (\`<<: *base\`) work; what only an alias refers to stands in a field
that begins with \`x-\`. A path in the file begins at the file's folder, a path in \`--set\` where the command is given.
`;

/** The page of a schema: a table of its fields, then one for each field that holds fields. */
export function page(schema: JsonSchema): string {
  const sections: string[] = [];
  const visit = (title: string, about: string | undefined, node: JsonSchema) => {
    const properties = (node.properties ?? {}) as Record<string, JsonSchema>;
    const needed = [
      ...(node.required ?? []),
      ...((node.anyOf?.[0] as JsonSchema | undefined)?.required ?? []),
    ];
    const rows = Object.entries(properties).map(([name, field]) => {
      const fallback = needed.includes(name) ? 'needed' : isEmpty(field.default) ? '' : code(field.default);
      return `| \`${name}\` | ${kinds(field)} | ${fallback} | ${cell(field.description ?? '')} |`;
    });
    sections.push(
      [
        `## ${title}\n`,
        ...(about ? [`${about}\n`] : []),
        '| field | written as | default | meaning |',
        '|---|---|---|---|',
        ...rows,
      ].join('\n'),
    );
    for (const [name, field] of Object.entries(properties)) {
      // Sizes have the fields of a study, and what an arm shares with the study is there already.
      if (name === 'sizes' || (title !== 'Fields' && name in (schema.properties ?? {}))) continue;
      const path = title === 'Fields' ? name : `${title.replaceAll('`', '')}.${name}`;
      for (const { where, part } of objectsIn(field)) visit(`\`${path}${where}\``, undefined, part);
    }
  };
  visit('Fields', undefined, schema);
  return `${intro}\n${sections.join('\n\n')}\n`;
}

/** The objects that a field may hold: itself, items of a list, values by name, kinds by name. */
function objectsIn(field: JsonSchema): { where: string; part: JsonSchema }[] {
  const own = forms(field).find(({ properties }) => properties);
  if (own) return variants(field).map((part) => ({ where: nameOf(part), part }));
  const byName = forms(field).find(
    ({ additionalProperties: of }) => isSchema(of) && forms(of).some(({ properties }) => properties),
  );
  if (!byName) return [];
  return forms(byName.additionalProperties as JsonSchema)
    .filter(({ properties }) => properties)
    .map((part) => ({ where: '.NAME', part }));
}

const isSchema = (node: unknown): node is JsonSchema => node !== null && typeof node === 'object';
const forms = (node: JsonSchema): JsonSchema[] =>
  ((node.anyOf ?? node.oneOf) as JsonSchema[] | undefined)?.flatMap(forms) ?? [node];
const variants = (field: JsonSchema) => forms(field).filter(({ properties }) => properties);

/** Which of several kinds an object is, by its constant field: \`theory\` has labs. */
function nameOf(part: JsonSchema): string {
  const [name, kind] =
    Object.entries(part.properties as Record<string, JsonSchema>).find(
      ([, field]) => field.const !== undefined,
    ) ?? [];
  return kind ? ` (${name}: ${kind.const})` : '';
}

/** The ways to write a field, in words. */
function kinds(field: JsonSchema): string {
  const ways = forms(field);
  const lone = unique(ways.filter(({ type }) => type !== 'array').flatMap(words));
  const lists = ways.flatMap(({ type, items }) => {
    if (type !== 'array') return [];
    if (!isSchema(items)) return ['a list'];
    const each = unique(forms(items).flatMap(words));
    const same = lone.length > 0 && each.every((one) => lone.includes(one));
    return [same ? 'or a list of these' : `${lone.length > 0 ? 'or ' : ''}a list of ${each.join(', ')}`];
  });
  return cell([...lone, ...unique(lists)].join(', '));
}

const unique = (list: string[]) => [...new Set(list)];

function words(node: JsonSchema): string[] {
  if (node.const !== undefined) return [code(node.const)];
  if (node.enum) return node.enum.map(code);
  if (Array.isArray(node.type)) return node.type;
  if (node.type === 'object') return [node.properties ? 'fields' : 'names with values'];
  // That a field may be empty goes without saying.
  if (node.type === 'null') return [];
  return [`${node.type === 'string' ? 'text' : node.type}${range(node)}`];
}

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const parts = [
    minimum === undefined ? '' : `at least ${minimum}`,
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
    exclusiveMaximum === undefined ? '' : `below ${exclusiveMaximum}`,
  ].filter((part) => part !== '');
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

/** A value as YAML writes it on one line. */
function code(value: unknown): string {
  const flow = (x: unknown): string =>
    Array.isArray(x)
      ? `[${x.map(flow).join(', ')}]`
      : isSchema(x)
        ? `{${Object.entries(x)
            .map(([key, inner]) => `${key}: ${flow(inner)}`)
            .join(', ')}}`
        : x === ''
          ? "''"
          : String(x);
  return `\`${flow(value)}\``;
}

/** A default that says nothing: the fields within have their own. */
const isEmpty = (value: unknown) =>
  value === undefined || ['{}', '[{}]', '""'].includes(JSON.stringify(value));

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The files as they should be, by path in the repository. */
export function files(): Record<string, string> {
  const schema = studyJsonSchema();
  return {
    'docs/study-reference.md': page(schema),
    'docs/study.schema.json': `${JSON.stringify(schema, null, 1)}\n`,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const [file, text] of Object.entries(files()))
    writeFileSync(resolve(import.meta.dirname, '..', file), text);

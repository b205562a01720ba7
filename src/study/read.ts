// YAML as text into plain values, with the line of every field. Bounded: aliases
// may multiply a short file into gigabytes, or lead back to themselves.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { UserErrors } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { isFields, put } from './short-forms.ts';

/** A study file has some hundred values; so many are a mistake, or an attack. */
const MOST_VALUES = 20_000;
const DEEPEST = 40;
/** Tags that say what a plain value is already. */
const plainTags = /^(tag:yaml\.org,2002:)?(str|int|float|bool|null|map|seq)$/;

export interface ReadFile {
  /** How messages call it. */
  name: string;
  value: unknown;
  /** Line (from 1) of the last field along `path` that is there. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** A source that has no lines: an object, or one value of a command line. */
export const unlined = (name: string, value: unknown): ReadFile => ({ name, value, lineOf: () => undefined });

/** Throws UserErrors, each with its line, for what is no YAML, or YAML that no study needs. */
export function readYaml(text: string, name: string): ReadFile {
  const lines = new LineCounter();
  // Keys are compared here: the parser does it in quadratic time.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const errors = document.errors.map(({ code, message, pos }) => ({
    at: pos[0],
    what: syntax(code, message),
  }));
  const refuse = (found: { at: number; what: string }[]) => {
    const byLine = new Map<number, string>();
    for (const { at, what } of found) {
      const { line, col } = lines.linePos(at);
      if (!byLine.has(line)) byLine.set(line, `${name}:${line}:${col}: not valid YAML: ${what}`);
    }
    throw new UserErrors([...byLine.values()]);
  };
  // One slip makes the parser stumble again and again: its first complaint is the one to mend.
  if (errors.length > 0) refuse(errors.slice(0, 1));
  const places = new WeakMap<object, Map<string, number>>();
  const value = plain(
    document.contents,
    (node, what) => {
      errors.push({ at: node?.range?.[0] ?? 0, what });
    },
    places,
  );
  if (errors.length > 0) refuse(errors);
  const lineOf = (path: readonly PropertyKey[]) => {
    const at = along(value, path).steps.reduce<number | undefined>(
      (found, { holder, key }) => places.get(holder)?.get(String(key)) ?? found,
      undefined,
    );
    return at === undefined ? undefined : lines.linePos(at).line;
  };
  return { name, value, lineOf };
}

function syntax(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document (---) begins; a file holds one study';
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line; use spaces';
  if (code === 'RESOURCE_EXHAUSTION') return 'brackets are nested too deeply';
  const what = shown(message.split('\n')[0].replace(/[.:]$/, ''), 200);
  if (/^Nested mappings|reserved character|Unexpected scalar at node end/.test(what))
    return `${what}; a text with ": " or " #" in it, or one that begins with @ or \`, stands in quotes`;
  return what;
}

/**
 * The values of a document. `complain` collects what has no value; `places` gets
 * the offset of every field of every object and list.
 */
function plain(
  root: Node | null,
  complain: (node: Node | undefined, what: string) => void,
  places: WeakMap<object, Map<string, number>>,
): unknown {
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let count = 0;
  const fail = (node: Node | undefined, what: string) => {
    // One complaint of a kind is enough: after it the values do not matter any more.
    if (count <= MOST_VALUES) complain(node, what);
    count = Number.POSITIVE_INFINITY;
  };

  const of = (node: Node | null | undefined, depth: number): unknown => {
    if (count > MOST_VALUES || !node) return null;
    if (++count > MOST_VALUES) {
      complain(
        node,
        `more than ${MOST_VALUES.toLocaleString('en-US')} values, aliases counted as what they stand for`,
      );
      return null;
    }
    if (depth > DEEPEST) return fail(node, `nested more than ${DEEPEST} deep`);
    if (isAlias(node)) return aliased(node, (target) => of(target, depth + 1));
    if ('anchor' in node && node.anchor) anchors.set(node.anchor, node);
    if (node.tag && !plainTags.test(node.tag))
      return void complain(
        node,
        `${shown(node.tag.replace('tag:yaml.org,2002:', '!!'))}: tags are not known here; leave it out`,
      );
    if (isScalar(node)) return node.value;
    open.add(node);
    const value = isSeq(node)
      ? listOf(node.items as Node[], depth)
      : isMap(node)
        ? fieldsOf(node, depth)
        : null;
    open.delete(node);
    return value;
  };

  const aliased = <T>(node: Node & { source: string }, use: (target: Node) => T): T | undefined => {
    const target = anchors.get(node.source);
    if (!target)
      return void complain(node, `*${shown(node.source)}: there is no &${shown(node.source)} before it`);
    if (open.has(target)) return void fail(node, `*${shown(node.source)} stands within what it stands for`);
    return use(target);
  };

  const listOf = (items: Node[], depth: number): unknown[] => {
    const list: unknown[] = [];
    const here = new Map<string, number>();
    places.set(list, here);
    items.forEach((item, i) => {
      here.set(String(i), item?.range?.[0] ?? 0);
      list.push(of(item, depth + 1));
    });
    return list;
  };

  const fieldsOf = (node: { items: Pair[] }, depth: number): Record<string, unknown> => {
    const all: Record<string, unknown> = {};
    const here = new Map<string, number>();
    places.set(all, here);
    const merged: unknown[] = [];
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) complain(key, 'a field needs a name, this is a list or an alias');
      else if (name === '<<') merged.push(...sourcesOf(value, key, depth));
      else if (here.has(name)) complain(key, `${shown(name)} is written twice; keep one`);
      else {
        here.set(name, key.range?.[0] ?? 0);
        put(all, name, of(value, depth + 1));
      }
    }
    // What stands there itself wins over what is merged in, and the first source over the next.
    for (const source of merged as Record<string, unknown>[])
      for (const [name, value] of Object.entries(source))
        if (!Object.hasOwn(all, name)) {
          put(all, name, value);
          here.set(name, places.get(source)?.get(name) ?? 0);
        }
    return all;
  };

  const sourcesOf = (value: Node | null, key: Node, depth: number): unknown[] => {
    const found = of(value, depth + 1);
    if (found === undefined) return [];
    const sources = Array.isArray(found) ? found : [found];
    if (sources.every(isFields)) return sources;
    if (count <= MOST_VALUES) complain(key, '<< merges fields: give it an alias of fields, e.g. <<: *base');
    return [];
  };

  return of(root, 0);
}

export interface Way {
  steps: { holder: object; key: PropertyKey }[];
  /** The path as it is written there; undefined when some of it is not there. */
  written: string | undefined;
}

/**
 * The way along `path` through a value as people wrote it, which may be shorter than the path:
 * a step that is not there is left out when the next one is, `hyper.momentum` may stand as `momentum`,
 * `a.b` as `b` in `a`, and `sgd` as an item of a list.
 */
export function along(value: unknown, path: readonly PropertyKey[]): Way {
  const steps: Way['steps'] = [];
  const names: PropertyKey[] = [];
  const rest = [...path];
  let here = value;
  while (rest.length > 0) {
    // A lone value stands for the field within that it is short for.
    if (here !== undefined && (here === null || typeof here !== 'object')) break;
    const key = rest.shift()!;
    const holder = here ?? {};
    if (Object.hasOwn(holder, key)) {
      steps.push({ holder, key });
      names.push(key);
      here = (holder as Record<PropertyKey, unknown>)[key];
    } else if (Array.isArray(holder) && typeof key === 'string') {
      const at = holder.findIndex((item) => item === key || (isFields(item) && Object.hasOwn(item, key)));
      if (at < 0 && typeof rest[0] === 'number') continue;
      if (at < 0) return { steps, written: undefined };
      steps.push({ holder, key: at });
      here = holder[at];
      if (isFields(here)) rest.unshift(key);
      else names.push(key);
    } else if (typeof key === 'string' && key.includes('.')) rest.unshift(...key.split('.'));
    else if (typeof key !== 'number' && !(rest.length > 0 && Object.hasOwn(holder, rest[0])))
      return { steps, written: undefined };
  }
  return { steps, written: names.join('.') };
}

// What a TypeScript file imports, which global names it reads, and where it has comments.
import { type Node, parseSync, visitorKeys } from 'oxc-parser';

export interface Import {
  specifier: string;
  line: number;
  /** `import type`, `export type`, and types named by `import()`: erased before running. */
  typeOnly: boolean;
}

/** Throws, with the file's name, for what is no TypeScript. */
function parse(file: string, source: string) {
  const parsed = parseSync(file, source);
  const [error] = parsed.errors;
  if (error) throw new Error(`${file} is no TypeScript: ${error.codeframe ?? error.message}`);
  return parsed;
}

/** Every node of the file. */
const nodesOf = (file: string, source: string): Node[] => below(parse(file, source).program);

/** The lines that have a comment, or a part of one. */
export const commentLines = (file: string, source: string): number[] =>
  parse(file, source).comments.flatMap((comment) => {
    const first = lineOf(source, comment);
    return comment.value.split('\n').map((_, i) => first + i);
  });

/** A node and all below it. */
function below(node: Node): Node[] {
  const nodes = [node];
  // An array visits what is added while it is walked.
  for (const one of nodes) for (const key of visitorKeys[one.type]) nodes.push(...nodesAt(one, key));
  return nodes;
}

/** The node or nodes that a node has under a key. */
function nodesAt(node: Node, key: string): Node[] {
  const value = (node as unknown as Record<string, Node | (Node | null)[] | null>)[key];
  return [value].flat().filter((child) => child != null);
}

/** Static and dynamic imports and re-exports, in order. */
export const importsOf = (file: string, source: string): Import[] =>
  nodesOf(file, source)
    .toSorted((a, b) => a.start - b.start)
    .flatMap((node): Import[] => {
      const [from, typeOnly] = imported(node);
      if (from?.type !== 'Literal' || typeof from.value !== 'string') return [];
      return [{ specifier: from.value, line: lineOf(source, node), typeOnly }];
    });

/** What a node imports from, and whether the import is erased. */
function imported(node: Node): [from: Node | null, typeOnly: boolean] {
  switch (node.type) {
    case 'ImportDeclaration':
      return [node.source, node.importKind === 'type'];
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return [node.source, node.exportKind === 'type'];
    case 'ImportExpression':
      return [node.source, false];
    case 'TSImportType':
      return [node.source, true];
    default:
      return [null, false];
  }
}

/**
 * Those of `globals` that the code reads, each with the line where it first does.
 * Names that the file itself declares do not count, and types do not either.
 */
export function globalsUsed(
  file: string,
  source: string,
  globals: readonly string[],
): [name: string, line: number][] {
  const nodes = nodesOf(file, source);
  const others = new Set(nodes.flatMap(notRead));
  const declared = new Set(nodes.flatMap(declares).flatMap(namesIn));
  return globals.flatMap((name): [string, number][] => {
    if (declared.has(name)) return [];
    const read = nodes.find((node) => node.type === 'Identifier' && node.name === name && !others.has(node));
    return read ? [[name, lineOf(source, read)]] : [];
  });
}

/** Nodes below this one whose names read no variable: keys of members, and everything in types. */
function notRead(node: Node): Node[] {
  if ('computed' in node && !node.computed) return [...nodesAt(node, 'property'), ...nodesAt(node, 'key')];
  // An expression may stand in a type's node: `x as T`, `x!`.
  if (!node.type.startsWith('TS') || 'expression' in node) return [];
  return below(node);
}

/** Patterns by which a node declares names. */
function declares(node: Node): Node[] {
  if (node.type === 'CatchClause') return nodesAt(node, 'param');
  if (node.type.startsWith('Import')) return nodesAt(node, 'local');
  return ['id', 'params'].flatMap((key) => nodesAt(node, key));
}

/** Names that a pattern binds: `{ a, b: [c] = d, ...e }` binds a, c and e. */
function namesIn(pattern: Node): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    case 'Property':
      return namesIn(pattern.value);
    case 'RestElement':
      return namesIn(pattern.argument);
    case 'ArrayPattern':
    case 'ObjectPattern':
      return ['elements', 'properties'].flatMap((key) => nodesAt(pattern, key)).flatMap(namesIn);
    default:
      return [];
  }
}

const lineOf = (source: string, { start }: { start: number }) => source.slice(0, start).split('\n').length;

// Reads TypeScript just enough to find its imports: comments and strings set apart from code.

export interface Import {
  specifier: string;
  line: number;
  /** `import type`: erased before running. */
  typeOnly: boolean;
}

/** The code with comments blanked and every string replaced by its number in `strings`, like "#3"; lines are kept. */
export function separate(source: string): { code: string; strings: string[] } {
  const strings: string[] = [];
  // In this order: comments, plain strings, template literals (whole, with code in them), regular expressions.
  const pattern =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(?<=(?:^|[=(,:[!&|?{};\n]|\breturn)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;
  const code = source.replace(pattern, (piece) => {
    const lines = '\n'.repeat(piece.split('\n').length - 1);
    if (piece[0] === '/') return piece[1] === '/' || piece[1] === '*' ? lines || ' ' : '0';
    if (piece[0] === '`') return `${templateCode(piece)}`;
    strings.push(piece.slice(1, -1));
    return `"#${strings.length - 1}"`;
  });
  return { code, strings };
}

/** Of a template literal only the code between `${` and `}` and the line ends. */
function templateCode(literal: string): string {
  const parts = literal.split(/(\$\{[^{}]*\})/);
  return parts
    .map((part) => (part.startsWith('${') ? `(${part.slice(2, -1)})` : part.replace(/[^\n]/g, '')))
    .join('');
}

/** Static and dynamic imports and re-exports, in order. */
export function importsOf(source: string): Import[] {
  const { code, strings } = separate(source);
  const pattern =
    /(?<![.\w$])(?:(?:import|export)\s+(type\s+(?!from\b|,))?[\w\s{},*$]*?\bfrom\s*|import\s*\(\s*|import\s*)"#(\d+)"/g;
  return [...code.matchAll(pattern)].map((match) => ({
    specifier: strings[Number(match[2])],
    line: code.slice(0, match.index).split('\n').length,
    typeOnly: match[1] !== undefined,
  }));
}

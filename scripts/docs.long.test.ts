// Every shell command of README.md and docs/ is run, document by document, in a scratch
// copy of the repository; every TypeScript example is type-checked against the library.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { documents, exampleFiles, type ShellBlock, shellBlocks, typescriptBlocks } from './docs.ts';

const root = resolve(import.meta.dirname, '..');
const temporary = mkdtempSync(join(tmpdir(), 'gaplab-docs-'));
after(() => rmSync(temporary, { recursive: true }));

// `gaplab` and `npx gaplab` as a reader has them after installation, without asking a registry.
const bin = join(temporary, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'gaplab'), `#!/bin/sh\nexec "${process.execPath}" "${root}/src/cli.ts" "$@"\n`, {
  mode: 0o755,
});
const npx =
  '#!/bin/sh\n[ "$1" = gaplab ] || { echo "npx $1: only gaplab is known here" >&2; exit 1; }\nexec "$@"\n';
writeFileSync(join(bin, 'npx'), npx, { mode: 0o755 });

/**
 * A directory that shows the repository's files and the document's examples, and keeps
 * what commands write to itself.
 */
function scratch(name: string, text: string): string {
  const home = join(temporary, name.replaceAll('/', '-'));
  mkdirSync(home);
  const own = ['.git', 'studies', 'train', 'runs', 'trace', 'dist'];
  for (const entry of readdirSync(root))
    if (!own.includes(entry)) symlinkSync(join(root, entry), join(home, entry));
  for (const example of exampleFiles(text)) writeFileSync(join(home, example.name), example.text);
  return home;
}

function run({ file, line, script }: ShellBlock, cwd: string): void {
  const env = { ...process.env, PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter) };
  for (const name of Object.keys(env))
    if (name.startsWith('NODE_TEST')) delete (env as Record<string, unknown>)[name];
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 10 * 60_000,
    maxBuffer: 2 ** 28,
  });
  assert.equal(
    status,
    0,
    `${file}:${line} ends with ${status}\n${script}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`,
  );
}

const all = documents().map(({ file, text }) => ({ file, text, blocks: shellBlocks(file, text) }));
for (const { file, text, blocks } of all.filter((one) => one.blocks.length > 0))
  describe(file, () => {
    const cwd = scratch(file, text);
    for (const block of blocks)
      test(`line ${block.line}: ${block.script.trim().split('\n')[0]}`, { skip: block.skip ?? false }, () =>
        run(block, cwd),
      );
  });
if (all.every((one) => one.blocks.length === 0))
  test('the documentation has no shell commands yet', { skip: true }, () => {});

test('TypeScript examples type-check', () => {
  const home = join(temporary, 'types');
  mkdirSync(join(home, 'node_modules'), { recursive: true });
  symlinkSync(root, join(home, 'node_modules/gaplab'));
  symlinkSync(join(root, 'node_modules/@types'), join(home, 'node_modules/@types'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  const blocks = documents().flatMap(({ text }) => typescriptBlocks(text));
  blocks.forEach((block, i) => {
    writeFileSync(join(home, `example-${i}.ts`), `${block}\nexport {};\n`);
  });
  const compilerOptions = {
    ...{
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'esnext',
      types: ['node'],
    },
    ...{ customConditions: ['gaplab-source'], allowImportingTsExtensions: true },
  };
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts', join(root, 'src/**/*.d.ts')] }),
  );
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), { cwd: home, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}\n${blocks.join('\n----\n')}`);
  assert.ok(blocks.length > 0, 'the documentation shows no TypeScript');
});

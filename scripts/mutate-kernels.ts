// `node scripts/mutate-kernels.ts [--only REGEX]`: are wrong instructions noticed?
// Every change of mutations.ts is made in a temporary copy of the sources, and the tests there must fail.
// They have AVX2 alone (GAPLAB_KERNELS=avx2), as most processors do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inEncodings, inKernels, type Mutation } from './mutations.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const root = resolve(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'gaplab-mutants-'));
/** A mutant may loop for ever: that is noticed, too. */
const MINUTES = 10;

/** Tests of results, and of bytes. */
const suites = {
  kernels: globSync('src/runtime/targets/{x64/nodes,x64/passes,wasm}/*.test.ts', {
    cwd: root,
  }).filter(
    // Whole models take long, and see less.
    (file) => !/(model|contributing)\.test\.ts$/.test(file),
  ),
  encodings: globSync('src/assembly/x64/*.test.ts', { cwd: root }),
};

/** The first test that fails, or how the process ended; undefined where all pass. */
async function firstFailure(tests: readonly string[]): Promise<string | undefined> {
  const child = spawn(
    process.execPath,
    ['--test', '--test-isolation=none', '--test-reporter=tap', ...tests],
    {
      cwd: copy,
      env: { ...process.env, GAPLAB_KERNELS: 'avx2' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000 * MINUTES);
  let failure: string | undefined;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    failure ??= /^ *not ok \d+ - (.*)$/m.exec(text)?.[1];
    if (failure) child.kill('SIGKILL');
  });
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  return failure ?? (code === 0 ? undefined : 'no end, or a death');
}

async function noticed({ file, from, to }: Mutation, tests: readonly string[]): Promise<boolean> {
  const path = join(copy, 'src', file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  try {
    const failure = await firstFailure(tests);
    console.log(`${failure ? 'noticed ' : 'SURVIVES'}  ${file}: ${from} -> ${to}  (${failure ?? 'no test'})`);
    return failure !== undefined;
  } finally {
    writeFileSync(path, text);
  }
}

try {
  for (const name of ['src', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  let made = 0;
  let survivors = 0;
  for (const [mutations, tests] of [
    [inEncodings, suites.encodings],
    [inKernels, suites.kernels],
  ] as const) {
    const failure = await firstFailure(tests);
    if (failure) throw new Error(`without any change a test fails: ${failure}`);
    for (const mutation of mutations.filter(({ file }) => new RegExp(values.only).test(file))) {
      made++;
      if (!(await noticed(mutation, tests))) survivors++;
    }
  }
  if (made === 0) throw new Error(`no file matches ${values.only}`);
  console.log(`${made} changes, ${survivors} not noticed`);
  process.exitCode = survivors > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true });
}

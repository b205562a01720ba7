// `--isa avx2`: the benchmark as on a processor without AVX-512. gaplab is told to use AVX2. The peers in
// Python cannot be told (XLA's products take AVX-512 whatever its flags say), so AVX-512 is hidden from them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Keeps all processes of gaplab that are started from now on to AVX2. Returns what
 * the environment of others must have for it. Throws where AVX-512 cannot be hidden.
 */
export function onlyAvx2(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-isa-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'hide-avx512.so');
  const hidden = { LD_PRELOAD: library };
  run('cc', ['-O2', '-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'peers', 'hide-avx512.c')]);
  run('true', [], hidden);
  process.env.GAPLAB_KERNELS = 'avx2';
  return hidden;
}

function run(command: string, args: string[], env = {}): void {
  const { status, error, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1));
}

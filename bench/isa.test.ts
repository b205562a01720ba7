import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { onlyAvx2 } from './isa.ts';

const able = process.platform === 'linux' && readFileSync('/proc/cpuinfo', 'utf8').includes('cpuid_fault');
const compiler = spawnSync('cc', ['--version']).status === 0;
const skip = able && compiler ? false : 'needs Linux, a C compiler, and a processor with cpuid_fault';

const ask = `
#include <stdio.h>
int main(void) {
  printf("%d %d", !!__builtin_cpu_supports("avx2"), !!__builtin_cpu_supports("avx512f"));
  return 0;
}`;

test('a process is told of AVX2 and not of AVX-512', { skip }, () => {
  const before = process.env.GAPLAB_KERNELS;
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-isa-test-'));
  try {
    writeFileSync(join(folder, 'ask.c'), ask);
    const program = join(folder, 'ask');
    assert.equal(spawnSync('cc', ['-o', program, `${program}.c`]).status, 0);
    const env = { ...process.env, ...onlyAvx2() };
    assert.equal(process.env.GAPLAB_KERNELS, 'avx2');
    assert.equal(spawnSync(program, { encoding: 'utf8', env }).stdout, '1 0');
  } finally {
    rmSync(folder, { recursive: true });
    if (before === undefined) delete process.env.GAPLAB_KERNELS;
    else process.env.GAPLAB_KERNELS = before;
  }
});

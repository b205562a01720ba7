// For tests on Linux: functions of Microsoft's convention are called as on Windows, by code that GCC made.
// It cannot show that Windows would let the pages be executed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMachineCode } from './pages.ts';

export const microsoftFile = new URL('./fixtures/microsoft.txt', import.meta.url);

export const STAND_INS = [
  'KernelContext_GetInput',
  'GetTensorMutableData',
  'KernelContext_GetOutput',
  'KernelContext_ParallelFor',
] as const;

/** A line for each function of microsoft.c: its name, and its bytes as GCC makes them. */
export function compiledByGcc(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-microsoft-'));
  try {
    const object = join(dir, 'code.o');
    const flags = ['-O0', '-ffunction-sections', '-fcf-protection=none', '-fno-asynchronous-unwind-tables'];
    const source = new URL('./fixtures/microsoft.c', import.meta.url).pathname;
    execFileSync('gcc', ['-c', ...flags, '-fno-stack-protector', '-fno-pic', '-o', object, source]);
    return ['call', ...STAND_INS]
      .map((name) => {
        const binary = join(dir, name);
        execFileSync('objcopy', ['-O', 'binary', '-j', `.text.${name}`, object, binary]);
        return `${name} ${readFileSync(binary).toString('hex')}\n`;
      })
      .join('');
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Bytes of a function of microsoft.c. */
export function recorded(name: 'call' | (typeof STAND_INS)[number]): Uint8Array {
  const line = readFileSync(microsoftFile, 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name} `));
  assert.ok(line, name);
  return Uint8Array.from(Buffer.from(line.split(' ')[1], 'hex'));
}

const KEPT = ['rbx', 'rbp', 'rsi', 'rdi', 'r12', 'r13', 'r14', 'r15'];
const KEPT_VECTORS = 10;

/**
 * Calls a function as Windows does, with one or two arguments; throws unless what it must keep is as it was.
 * It is given by its address, or by its bytes.
 */
export function callAsWindows(code: Uint8Array | number, first: number, second = 0): bigint {
  const { machineCode } = findMachineCode();
  const { place, link, address } = machineCode!;
  const block = new BigUint64Array(64);
  block.set([typeof code === 'number' ? code : place(code), first, second].map(BigInt));
  const vectors = block.subarray(16, 16 + 2 * KEPT_VECTORS);
  vectors.forEach((_, i) => {
    vectors[i] = BigInt(i + 1) * 0x0123456789abcdn;
  });
  link(recorded('call'))(address(block.buffer));
  KEPT.forEach((register, i) => {
    assert.equal(block[4 + i], BigInt(257 + i), `${register} is not as it was`);
  });
  vectors.forEach((value, i) => {
    assert.equal(block[36 + i], value, `xmm${6 + (i >> 1)} is not as it was`);
  });
  return block[3];
}

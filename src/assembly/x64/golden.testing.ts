// For tests: every instruction and addressing form that the assembler has, beside
// what GNU's assembler calls it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { avx2 } from './avx2.ts';
import { avx512 } from './avx512.ts';
import type { GoldenCase } from './golden-case.testing.ts';
import { frameCases } from './golden-frames.testing.ts';
import { branchCases, generalCases, ownCases } from './golden-general.testing.ts';
import { vectorCases } from './golden-vectors.testing.ts';

export const goldenCases = (): GoldenCase[] => [
  ...generalCases(),
  ...branchCases(),
  ...vectorCases(avx2),
  ...vectorCases(avx512),
  ...ownCases(),
  ...frameCases(),
];

/** What GNU's assembler makes of the cases, in hexadecimal digits; undefined where it is not installed. */
export function assembledByGnu(cases: readonly GoldenCase[]): string[] | undefined {
  if (spawnSync('as', ['--version']).status !== 0) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-golden-'));
  try {
    const [source, object, binary] = ['code.s', 'code.o', 'code.bin'].map((name) => join(dir, name));
    // Each case at its own multiple of 256 bytes, ended by an instruction that none of them has.
    const text = cases.map((one) => `${one.text}\nud2\n.balign 256,0`).join('\n');
    writeFileSync(source, `.intel_syntax noprefix\n${text}\n`);
    execFileSync('as', ['--64', '-o', object, source]);
    execFileSync('objcopy', ['-O', 'binary', '-j', '.text', object, binary]);
    const all = readFileSync(binary);
    return cases.map((_, i) =>
      all
        .subarray(256 * i, 256 * (i + 1))
        .toString('hex')
        .replace(/0f0b(00)*$/, ''),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export const goldenFile = new URL('./fixtures/golden.txt', import.meta.url);
/** A line a case: bytes, then what GNU's assembler calls them. */
export const goldenLine = (hex: string, { text }: GoldenCase): string =>
  `${hex} ${text.replaceAll('\n', '; ')}`;

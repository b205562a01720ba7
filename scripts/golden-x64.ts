// Writes what the tests of x64 code are compared with anew: the bytes of every instruction by GNU's assembler
// (Debian's binutils), and functions of Microsoft's convention by GCC: `node scripts/golden-x64.ts`.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { assembledByGnu, goldenCases, goldenFile, goldenLine } from '../src/assembly/x64/golden.testing.ts';
import { compiledByGcc, microsoftFile } from '../src/runtime/targets/x64/microsoft.testing.ts';

const cases = goldenCases();
const assembled = assembledByGnu(cases);
if (!assembled || spawnSync('gcc', ['--version']).status !== 0) {
  console.error('the programs `as` and `gcc` are needed (Debian: apt-get install gcc)');
  process.exitCode = 1;
} else {
  writeFileSync(goldenFile, `${assembled.map((hex, i) => goldenLine(hex, cases[i])).join('\n')}\n`);
  writeFileSync(microsoftFile, compiledByGcc());
  console.log(`${cases.length} cases`);
}

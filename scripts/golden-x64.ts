// Writes the golden bytes of the x64 assembler's tests anew, by GNU's assembler (package binutils): `node
// scripts/golden-x64.ts`.
import { writeFileSync } from 'node:fs';
import { assembledByGnu, goldenCases, goldenFile, goldenLine } from '../src/assembly/x64/golden.testing.ts';

const cases = goldenCases();
const assembled = assembledByGnu(cases);
if (!assembled) {
  console.error('the program `as` is not installed (Debian: apt-get install binutils)');
  process.exitCode = 1;
} else {
  writeFileSync(goldenFile, `${assembled.map((hex, i) => goldenLine(hex, cases[i])).join('\n')}\n`);
  console.log(`${cases.length} cases`);
}

// The tables of docs/theory.md that are exact: what stands there is what is computed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exactSgdLoss } from './exact.testing.ts';
import { asymptoticExponent, signMean } from './student-t.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/theory.md'), 'utf8');
const cells = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
/** The cells after the first of the row that begins with `name`, the first one after `heading`. */
function rowOf(heading: string, name: string): string[] {
  const section = page.slice(page.indexOf(`\n## ${heading}`) + 1);
  const line = section.split('\n').find((one) => one.startsWith(`| ${name} |`));
  assert.ok(line, `no row "${name}" under "${heading}"`);
  return cells(line).slice(1);
}
const leading = (text: string) => text.replace(/^0(?=\.)/, '');

test('the loss of SGD after 500 steps, in closed form', () => {
  const eigenvalues = [1, 2, 3, 4, 5];
  const problem = { eigenvalues, start: eigenvalues.map(() => 1), sigma: eigenvalues.map(() => 10) };
  const sizes = rowOf('SDEs beside algorithms', 'B').map(Number);
  const expected = sizes.map((batchSize) =>
    leading(exactSgdLoss('discrete', problem, { lr: 0.001, batchSize, step: 500 }).toFixed(3)),
  );
  assert.deepEqual(rowOf('SDEs beside algorithms', 'SGD'), expected);
});

test('the exponents of the pull under heavy tails', () => {
  const degrees = rowOf('Heavy tails', 'degrees of freedom').map((text) =>
    text.startsWith('∞') ? Number.POSITIVE_INFINITY : Number.parseFloat(text),
  );
  const power = (of: (batchSize: number) => number, from: number, to: number) =>
    Math.log(of(to) / of(from)) / Math.log(to / from);
  const shown = (value: number) => (Math.abs(value) < 0.005 ? '0' : leading(value.toFixed(2)));
  const rows: Record<string, (nu: number) => number> = {
    'from B = 1 to 4096': (nu) => power((size) => signMean(nu, 1, size).slope, 1, 4096),
    'from 2048 to 4096': (nu) => power((size) => signMean(nu, 1, size).slope, 2048, 4096),
    'for B → ∞': asymptoticExponent,
    'from B = 1 to 4096, at g = .02': (nu) => power((size) => signMean(nu, 1, size).drift(0.02), 1, 4096),
  };
  for (const [name, exponent] of Object.entries(rows))
    assert.deepEqual(
      rowOf('Heavy tails', name),
      degrees.map((nu) => shown(exponent(nu))),
      name,
    );
});

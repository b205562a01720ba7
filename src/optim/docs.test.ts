// docs/optimizers.md says of every registered optimizer what the code says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { optimizers, resolveHyper } from './registry.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../docs/optimizers.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const code = (name: string) => `\`${name}\``;

test('every registered optimizer is in the table, and no other', () => {
  assert.deepEqual(
    rows.map(([name]) => name),
    Object.keys(optimizers).map(code),
    'the first column, in the order of the registry',
  );
});

for (const [name, rule, ...cells] of rows)
  test(`${name}: rule, hyperparameters, state, learning rate and source`, () => {
    const def = optimizers[name.replaceAll('`', '')];
    assert.ok(def, `${name} is not registered`);
    const hyper = Object.entries(def.hyper).map(([key, spec]) => `${code(key)} ${spec.default}`);
    assert.deepEqual(cells, [
      hyper.join(', ') || 'none',
      def.state(resolveHyper(def.name)).map(code).join(', ') || 'none',
      String(def.lrGuess),
      def.source,
    ]);
    assert.match(rule, /^`.+`$/);
    // Hyperparameters that shape the rule are seen in it; switches and coupled terms are told below the table.
    for (const key of def.state(resolveHyper(def.name))) assert.match(rule, new RegExp(`\\b${key} <-`));
  });

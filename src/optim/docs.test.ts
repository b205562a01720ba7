// docs/optimizers.md says of every registered optimizer, transform and schedule what the code says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { batchSchedules } from './batch-schedules.ts';
import { optimizers, resolveHyper } from './registry.ts';
import type { HyperSpec } from './rule.ts';
import { schedules } from './schedules.ts';
import { transforms } from './transforms.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../docs/optimizers.md'), 'utf8');
/** Rows of the tables by the name in their first column. */
const rows = new Map(
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [name, ...cells] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return [name.replaceAll('`', ''), cells];
    }),
);
const code = (name: string) => `\`${name}\``;
const listed = (hyper: Record<string, HyperSpec>) =>
  Object.entries(hyper)
    .map(([key, spec]) => `${code(key)} ${spec.default ?? 'off'}`)
    .join(', ') || 'none';

test('every registered optimizer, transform and schedule is in a table, and no other', () => {
  assert.deepEqual(
    [...rows.keys()],
    [...Object.keys(optimizers), ...Object.keys(transforms), ...Object.keys(schedules)],
    'first columns, in the order of the registries',
  );
});

for (const [name, def] of Object.entries(optimizers))
  test(`${name}: rule, hyperparameters, state, learning rate and source`, () => {
    const [rule, ...cells] = rows.get(name) ?? [];
    const state = def.state(resolveHyper(name));
    assert.deepEqual(cells, [
      listed(def.hyper),
      state.map(code).join(', ') || 'none',
      String(def.lrGuess),
      def.source,
    ]);
    // Hyperparameters that shape the rule are seen in it; switches and coupled terms
    // are told below the table.
    for (const key of state) assert.match(rule, new RegExp(`\\b${key} <-`));
  });

for (const [name, def] of Object.entries(transforms))
  test(`${name}: rule, hyperparameters and source`, () => {
    const [rule, ...cells] = rows.get(name) ?? [];
    assert.deepEqual(cells, [listed(def.hyper), def.source]);
    assert.match(rule, /^`.+`/);
  });

for (const [name, { summary, source }] of Object.entries(schedules))
  test(`${name}: shape and source`, () => assert.deepEqual(rows.get(name), [summary, source]));

test('batch schedules and half-lives are told', () => {
  for (const name of Object.keys(batchSchedules))
    assert.ok(text.includes(code(name)) || text.includes(`name: ${name}`));
  for (const def of Object.values(optimizers))
    for (const [key, spec] of Object.entries(def.hyper))
      if (spec.default === null) assert.ok(text.includes(code(key)), key);
});

test('YAML examples are YAML', () => {
  for (const [, yaml] of text.matchAll(/^```yaml\n([\s\S]*?)^```/gm))
    for (const line of yaml.startsWith('clip') ? yaml.trim().split('\n') : [yaml])
      assert.ok(parse(line), line);
});

// Every preset has a size `long` that keeps the rule, and the table in the docs says what it is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadStudy } from '../src/study/load.ts';
import { presets } from '../src/study/presets.ts';
import { draftStudy } from '../src/study/resolve.ts';
import { longSizes, page, rule, withTable } from './long-sizes.ts';

const rows = await longSizes();

test('every preset but the smoke test has a long size', () => {
  const without = presets().filter(({ sizes }) => !sizes.includes('long'));
  assert.deepEqual(
    without.map(({ name }) => name),
    ['smoke'],
  );
});

test('long sizes tune thoroughly and have three fresh seeds', () => {
  const drafts = rows.map(({ preset }) => draftStudy(loadStudy(preset, [], 'long')));
  const tunes = drafts.filter(({ optimizers }) =>
    Object.values(optimizers).some(({ lr }) => lr.kind === 'bracket'),
  );
  assert.equal(tunes.length, rows.length - 1, 'all but scaling');
  for (const { name, tuner } of tunes) assert.ok((tuner?.probe ?? 0) > 0 && (tuner?.halve ?? 0) > 0, name);
  for (const { name, seeds } of drafts) assert.equal(seeds.fresh, 3, name);
});

for (const row of rows)
  test(`${row.preset} --size long keeps the rule`, () => {
    const { steps, tokensPerParameter, passes } = row;
    assert.ok(steps >= rule.steps, `${steps} steps at batch size ${row.batchSize}`);
    assert.ok(tokensPerParameter >= rule.tokensPerParameter, `${tokensPerParameter} tokens a parameter`);
    assert.ok(passes <= rule.passes, `${passes} passes over the corpus`);
  });

test('the numbers are those of a sum by hand', () => {
  const { parameters, tokens, steps, tokensPerParameter } = rows.find((row) => row.preset === 'gap-batch')!;
  // nano with 1024 entries: two tables of 1024 x 64, two layers of 4 x 64 x 64,
  // 3 x 64 x 176 and 2 x 64, the last norm.
  assert.equal(parameters, 2 * 1024 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 176 + 2 * 64) + 64);
  assert.deepEqual([tokens, steps], [64 * 64 * 1000, 1000]);
  assert.equal(tokensPerParameter, 4_096_000 / parameters);
});

test('the table in the docs is that of the presets', () => {
  const text = readFileSync(page, 'utf8');
  assert.equal(text, withTable(text, rows), 'docs/experiments.md is stale: npm run long-sizes');
});

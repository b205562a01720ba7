import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freezeStudy } from '../store/study-dir.ts';
import { sampleStudy } from '../study/sample.testing.ts';
import type { Context } from './common.ts';
import { withinMinutes } from './study-estimate.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-scale-'));
const noMeasuring = { progress: { bar: () => assert.fail('it measures') } } as unknown as Context;

test('a study that was begun with --scale goes on with the budget it was begun with, and nothing is measured', async () => {
  const out = scratch();
  freezeStudy(out, { ...sampleStudy(), name: 'smoke-1min', tokens: [1234] }, assert.fail);
  const changes = await withinMinutes(noMeasuring, 'smoke', { set: [], out, minutes: 1, scale: true });
  assert.deepEqual(changes, ['name=smoke-1min', 'tokens=[1234]']);
});

test('a study that fitted when it was begun goes on whole in its folder; with another budget it is measured', async () => {
  const out = scratch();
  freezeStudy(out, { ...sampleStudy(), name: 'smoke', tokens: [12340] }, assert.fail);
  const options = { out, minutes: 1, scale: true };
  assert.deepEqual(await withinMinutes(noMeasuring, 'smoke', { ...options, set: ['tokens=12340'] }), []);
  await assert.rejects(
    withinMinutes(noMeasuring, 'smoke', { ...options, set: ['tokens=99990'] }),
    /it measures/,
  );
});

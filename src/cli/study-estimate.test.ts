import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freezeStudy } from '../store/study-dir.ts';
import { sampleStudy } from '../study/sample.testing.ts';
import type { Context } from './common.ts';
import { withinMinutes } from './study-estimate.ts';

test('a study that was begun with --scale goes on with the budget it was begun with, and nothing is measured', async () => {
  const out = mkdtempSync(join(tmpdir(), 'gaplab-scale-'));
  freezeStudy(out, { ...sampleStudy(), name: 'smoke-1min', tokens: [1234] }, assert.fail);
  const noMeasuring = { progress: { bar: () => assert.fail('it measures') } } as unknown as Context;
  const changes = await withinMinutes(noMeasuring, 'smoke', { set: [], out, minutes: 1, scale: true });
  assert.deepEqual(changes, ['name=smoke-1min', 'tokens=[1234]']);
});

// Paper sizes say that they are PyTorch's, and the GPU hours that the plan gives today.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { withGpuHours } from './gpu-hours.ts';

const presets = join(import.meta.dirname, '..', 'presets');

test('every paper size has engine, dtype and GPU hours as `npm run gpu-hours` writes them', () => {
  const files = globSync('*.yaml', { cwd: presets });
  let papers = 0;
  for (const file of files) {
    const text = readFileSync(join(presets, file), 'utf8');
    assert.equal(withGpuHours(basename(file, '.yaml'), text), text, `${file}: run npm run gpu-hours`);
    papers +=
      +/^ {2}paper:\n {4}# \d+ runs: [\d,.]+ to [\d,.]+ hours of one .*\n {4}engine: torch\n {4}dtype: bfloat16\n/m.test(
        text,
      );
  }
  assert.ok(papers > 20, `${papers} papers`);
});

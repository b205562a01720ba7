import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tailFile } from './tail-file.ts';

test('lines are heard in their order, whoever looks again while one is heard', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-tail-'));
  const path = join(folder, 'metrics.jsonl');
  const heard: string[] = [];
  const file = tailFile(path, (line) => {
    heard.push(line);
    if (line !== '1') return;
    // The first line stops the run, which looks at once for what is new.
    appendFileSync(path, '4\n5');
    file.look();
  });
  file.look();
  writeFileSync(path, '1\n2\n3\n');
  file.look();
  assert.deepEqual(heard, ['1', '2', '3', '4']);
  file.end();
  assert.deepEqual(heard, ['1', '2', '3', '4', '5']);
  rmSync(folder, { recursive: true });
});

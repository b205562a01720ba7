import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeAtomic } from './atomic.ts';

test('an error of closing, as file servers give it, is told; nothing is left behind or closed twice', () => {
  const dir = fs.mkdtempSync(join(tmpdir(), 'gaplab-atomic-'));
  const { closeSync } = fs;
  const closed: number[] = [];
  fs.closeSync = (fd) => {
    closed.push(fd);
    closeSync(fd);
    throw Object.assign(new Error('on purpose'), { code: 'EDQUOT' });
  };
  syncBuiltinESMExports();
  try {
    assert.throws(() => writeAtomic(join(dir, 'file'), 'text'), { code: 'EDQUOT' });
  } finally {
    fs.closeSync = closeSync;
    syncBuiltinESMExports();
  }
  assert.equal(closed.length, 1);
  assert.deepEqual(fs.readdirSync(dir), []);
});

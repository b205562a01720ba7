import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inEncodings, inKernels } from './mutations.ts';

test('what mutations change stands in the sources once', () => {
  for (const { file, from, to } of [...inEncodings, ...inKernels]) {
    const parts = readFileSync(join(import.meta.dirname, '..', 'src', file), 'utf8').split(from);
    assert.equal(parts.length, 2, `${file}: ${from}`);
    assert.notEqual(from, to);
  }
});

// How work is dealt out to threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { split } from './kernel.ts';

test('parts are whole, in order, and about equal', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 16 }),
      (all, threads, unit) => {
        const found = split(all, threads, unit);
        assert.ok(found.length <= threads);
        let next = 0;
        for (const { from, size } of found) {
          assert.equal(from, next);
          assert.ok(size > 0 && (size % unit === 0 || from + size === all));
          next += size;
        }
        assert.equal(next, all);
      },
    ),
  );
});

// Keys in order, also after another object of as many keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortedKeys } from './sorted-keys.ts';

test('keys are sorted as UTF-16, whatever object was asked about before', () => {
  assert.deepEqual(sortedKeys({ b: 1, a: 2, B: 3 }), ['B', 'a', 'b']);
  assert.deepEqual(sortedKeys({ b: 5, a: 6, B: 7 }), ['B', 'a', 'b']);
  assert.deepEqual(sortedKeys({ b: 1, a: 2, c: 3 }), ['a', 'b', 'c']);
  assert.deepEqual(sortedKeys({ a: 2, b: 1, B: 3 }), ['B', 'a', 'b']);
  assert.deepEqual(sortedKeys({}), []);
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i]));
  assert.deepEqual(sortedKeys(many), Object.keys(many).sort());
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byName } from './natural.ts';

test('numbers in names count by their value', () => {
  assert.deepEqual(['width-128', 'width-32', 'width-64', 'nano', '10m', '1b'].sort(byName), [
    '1b',
    '10m',
    'nano',
    'width-32',
    'width-64',
    'width-128',
  ]);
  assert.deepEqual(['b', 'B', 'a', 'A'].sort(byName), ['A', 'B', 'a', 'b'].sort(byName));
  assert.notEqual(byName('a', 'A'), 0);
});

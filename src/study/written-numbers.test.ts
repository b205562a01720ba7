import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberIn, numbersIn, probableNumber } from './written-numbers.ts';

test('texts that can only be one number are that number', () => {
  const texts = ['65_536', ' 1e-3 ', '+.5', '-2', 'yes', 'Off', true];
  assert.deepEqual(texts.map(numberIn), [65536, 0.001, 0.5, -2, 1, 0, 1]);
  const none = [
    '',
    '.',
    'e5',
    '1__0',
    '1_',
    '_1',
    '1e999',
    '0x10',
    '1,5',
    'many',
    '1 2',
    'inf',
    null,
    [1],
    5,
  ];
  assert.deepEqual(
    none.map(numberIn),
    none.map(() => undefined),
  );
});

test('lists are read, thousands with commas are not', () => {
  assert.deepEqual(numbersIn('1, 4,16'), [1, 4, 16]);
  assert.deepEqual(numbersIn('256,1024'), [256, 1024]);
  for (const text of ['65,536', '1,024,000', '1', '1,', '1,x', 5]) assert.equal(numbersIn(text), undefined);
});

test('what somebody probably means is proposed', () => {
  assert.deepEqual(
    ['300k', '1.5M', '8Ki', '1/16', '2^16', '2**16', '4*8', '5%', '65,536'].map(probableNumber),
    [300000, 1.5e6, 8192, 0.0625, 65536, 65536, 32, 0.05, 65536],
  );
  for (const text of ['many', '1/0', 'k', '5 apples', 5]) assert.equal(probableNumber(text), undefined);
});

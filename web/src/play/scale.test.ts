// Axes name round numbers inside their domain, and pixels follow numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainOf, linearTicks, logTicks, scaleOf, shortNumber, signed } from './scale.ts';

test('ticks are round and lie within the domain', () => {
  assert.deepEqual(linearTicks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks([-0.3, 0.3], 3), [-0.2, 0, 0.2]);
  assert.deepEqual(linearTicks([2, 2], 5), [2]);
  const scale = scaleOf({ label: 'B', domain: [1, 4096], log: true }, [0, 100], 4);
  assert.deepEqual(scale.ticks, [1, 10, 100, 1000]);
  assert.deepEqual(logTicks([1e-8, 1], 3).map(Math.log10), [-6, -3, 0]);
  assert.deepEqual(scaleOf({ label: '', domain: [0.15, 3], log: true }, [0, 1]).ticks, [0.2, 0.5, 1, 2]);
});

test('the ends of the domain are the ends of the range', () => {
  const scale = scaleOf({ label: '', domain: [1, 100], log: true }, [300, 0]);
  assert.deepEqual([1, 10, 100].map(scale), [300, 150, 0]);
});

test('numbers are short and have their sign', () => {
  assert.deepEqual([0, 0.5, -0.25, 1024, 4096, 12345, 2.5e6, 0.00001].map(shortNumber), [
    '0',
    '0.5',
    '−0.25',
    '1024',
    '4096',
    '12.3k',
    '2.5M',
    '1e−5',
  ]);
  assert.deepEqual([0.126, -0.126, -0.001].map(signed), ['+0.13', '−0.13', '0.00']);
});

test('a domain leaves out what is no number', () => {
  assert.deepEqual(domainOf([1, null, 3, Number.NaN], 0.5), [0, 4]);
  assert.equal(domainOf([null]), null);
});

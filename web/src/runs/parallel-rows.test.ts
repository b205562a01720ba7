// A range on an axis as words of the filter, and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisScale } from '../../../src/figures/parallel.ts';
import { askedOf, withAsked } from './filter.ts';
import { askedBy, rangeOn } from './parallel-rows.ts';

const rows = [0.001, 0.01, 0.1].map((lr, i) => ({
  ...{ run: String(i), label: '', diverged: false, rank: 0, lr },
  optimizer: ['adam', 'lion', 'sgd'][i],
}));
const rates = axisScale({ field: 'lr', label: 'rate', log: true }, rows);
const arms = axisScale({ field: 'optimizer', label: 'optimizer', log: false }, rows);

test('a range of numbers is rounded outwards, and an end of the axis asks for nothing', () => {
  const asked = askedBy(rates, { lo: 0.25, hi: 0.75 })!;
  assert.deepEqual(asked, { lo: 0.003162, hi: 0.03163 });
  assert.ok(asked.lo! <= 10 ** -2.5 && asked.hi! >= 10 ** -1.5);
  assert.deepEqual(askedBy(rates, { lo: 0, hi: 0.5 }), { hi: 0.01 });
  assert.equal(askedBy(rates, { lo: 0, hi: 1 }), undefined);
  const { lo, hi } = rangeOn(rates, { lo: 0.01 })!;
  assert.deepEqual([Math.round(1000 * lo), hi], [500, 1]);
  assert.deepEqual(rangeOn(rates, { lo: 1e-9, hi: 1e9 }), { lo: 0, hi: 1 });
  assert.equal(rangeOn(rates, undefined), undefined);
});

test('a range of words takes those whose places it holds', () => {
  assert.deepEqual(askedBy(arms, { lo: 0.4, hi: 1 }), { words: ['lion', 'sgd'] });
  assert.equal(askedBy(arms, { lo: 0.4, hi: 0.45 }), undefined);
  assert.equal(askedBy(arms, { lo: 0, hi: 1 }), undefined);
  assert.deepEqual(rangeOn(arms, { words: ['lion', 'sgd'] }), { lo: 1 / 3, hi: 1 });
});

test('the filter keeps everything else that it says', () => {
  const text = 'done lr>=0.01 batch=64 lr<=1';
  assert.deepEqual(askedOf(text, 'lr'), { lo: 0.01, hi: 1 });
  assert.deepEqual(askedOf('optimizer=sgd|adam', 'optimizer'), { words: ['sgd', 'adam'] });
  assert.equal(askedOf(text, 'loss'), undefined);
  assert.equal(withAsked(text, 'lr', { hi: 0.5 }), 'done batch=64 lr<=0.5');
  assert.equal(withAsked(text, 'optimizer', { words: ['sgd', 'adam'] }), `${text} optimizer=sgd|adam`);
  assert.equal(withAsked(text, 'lr', undefined), 'done batch=64');
});
